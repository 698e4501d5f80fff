"""The replay: real files are typed again against the real pipeline, in virtual time or in real time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codex_lsp.completion.pipeline import Pipeline
from codex_lsp.config import Settings
from codex_lsp.evaluation.asked_prompts import AskedPrompts
from codex_lsp.evaluation.background_loop import BackgroundLoop
from codex_lsp.evaluation.pace import Pace
from codex_lsp.evaluation.paced_model import PacedModel
from codex_lsp.evaluation.reader import Attention, Reader
from codex_lsp.evaluation.recordings import Recordings
from codex_lsp.evaluation.session import CountedModel, Session, Typed
from codex_lsp.evaluation.stretches import Stretch
from codex_lsp.evaluation.typist import Habits, Typist
from codex_lsp.evaluation.virtual_loop import run_virtually
from codex_lsp.evaluation.watched_model import WatchedModel
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.token_count import token_counter
from codex_lsp.types import Capabilities

MEASURED_PACE = Pace(base_ms=3.1, prompt_token_ms=0.091, step_ms=1.24)
"""The embedded model's in processor time of one x86 core (AVX-512 with VNNI), by `python -m benchmarks.pace PATH…`."""

Notify = Callable[[str], None]
OpenPipeline = Callable[[LanguageModel, Settings, Path | None], Pipeline]
"""Makes the pipeline of one workspace: its folder, or None for files that are in none on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who types and reads; the seed decides every gap and every look."""

    habits: Habits = field(default_factory=Habits)
    attention: Attention = field(default_factory=Attention)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is typed, by whom."""

    stretches: tuple[Stretch, ...]
    person: Person


class VirtualReplay:
    """Types a material again and again in virtual time, over one model whose answers are remembered."""

    def __init__(
        self,
        model: LanguageModel,
        material: Material,
        background: BackgroundLoop,
        *,
        open_pipeline: OpenPipeline,
        several: bool,
    ) -> None:
        """Type `material` against pipelines on `model`, which answers in `background`.

        Args:
            model: It stays open.
            material: What is typed.
            background: Runs.
            open_pipeline: Makes the pipelines of one run.
            several: More than one run will be made, so answers are remembered.

        Raises:
            ModelError: The model is not to be had.
        """
        self._material = material
        self._open_pipeline = open_pipeline
        self._recordings = Recordings(model, background, keep=several)
        self.capabilities: Capabilities = background.wait(model.capabilities())
        self._count_tokens = token_counter(self.capabilities.tokenizer)

    def run(self, settings: Settings, pace: Pace, notify: Notify) -> tuple[Typed, ...]:
        """Type everything once. The same arguments give the same result, whatever ran before.

        Raises:
            ModelError: The model failed.
        """
        paced = PacedModel(self._recordings, self.capabilities, AskedPrompts(self._count_tokens), pace)
        return run_virtually(_typed(paced, self._material, settings, self._open_pipeline, notify))


async def replay_in_real_time(
    model: WatchedModel, material: Material, settings: Settings, open_pipeline: OpenPipeline, notify: Notify
) -> tuple[Typed, ...]:
    """Type everything once as fast as a person does.

    Raises:
        ModelError: The model failed.
    """
    return await _typed(model, material, settings, open_pipeline, notify)


def within(stretches: Sequence[Stretch], characters: int) -> list[Stretch]:
    """The first stretches with so many characters together at most; the first one in any case."""
    found: list[Stretch] = []
    for stretch in stretches:
        characters -= len(stretch.text)
        if found and characters < 0:
            break
        found.append(stretch)
    return found


def replay_settings(settings: Settings) -> Settings:
    """The settings that a replay runs under: defaults, so that results compare, but a person's model and engine."""
    return Settings(
        model=settings.model, adapters=settings.adapters, endpoint=settings.endpoint, engine=settings.engine
    )


async def _typed(
    model: CountedModel, material: Material, settings: Settings, open_pipeline: OpenPipeline, notify: Notify
) -> tuple[Typed, ...]:
    pipelines: dict[Path | None, Pipeline] = {}
    found: list[Typed] = []
    try:
        for stretch in material.stretches:
            folder = stretch.file.folder
            if folder not in pipelines:
                pipelines[folder] = open_pipeline(model, settings, folder)
            found.append(await _session(stretch, material.person, pipelines[folder], model).type())
            notify(_progress(found, len(material.stretches)))
    finally:
        for pipeline in pipelines.values():
            await pipeline.close()
    return tuple(found)


def _session(stretch: Stretch, person: Person, pipeline: Pipeline, model: CountedModel) -> Session:
    typist = Typist(stretch, person.habits, person.seed)
    return Session(stretch, typist, Reader(typist, person.attention, person.seed), pipeline, model)


def _progress(found: Sequence[Typed], count: int) -> str:
    characters = sum(typed.characters for typed in found)
    saved = sum(reading.accepted - reading.keys for typed in found for reading in typed.readings)
    return f"{len(found)} of {count} files, {characters} characters, {saved} keys saved"

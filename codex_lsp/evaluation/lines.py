"""The measure of line completion: what the pipeline would show at drawn cursors, against what stood there.

One set of places and windows is drawn and shown to every model that is compared.
"""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
from codex_lsp.config import CompletionSettings, ContextSettings, Settings
from codex_lsp.evaluation.cursors import Combination, Cursor, DrawnPlace, cursor_at, drawn_places, shuffled
from codex_lsp.evaluation.likeness import edit_similarity, is_exact
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.evaluation.surprise import Surprise, Window, fitting, surprise_at, windows
from codex_lsp.evaluation.timed_model import Decode, TimedModel
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.token_count import token_counter
from codex_lsp.types import CursorContext, Trigger

PATIENCE_MS = 600_000
"""How long a generation may take: figures must not depend on how busy a machine is."""
_REPORT_EVERY = 50

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesOptions:
    """What is measured.

    Attributes:
        cursors: Places to draw; each is measured once in every combination.
        seed: Decides the order of files, the places and the sampling.
        combinations: Which ones.
        bytes_per_language: How much of each language is scored for bits per byte; 0 for none.
    """

    cursors: int = 300
    seed: int = 0
    combinations: tuple[Combination, ...] = tuple(Combination)
    bytes_per_language: int = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What every model is shown."""

    places: tuple[DrawnPlace, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one cursor; `is_silent` where nothing would be shown, which is a miss of similarity 0."""

    combination: Combination
    language: str
    is_exact: bool
    similarity: float
    is_silent: bool
    completion_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesResult:
    """What was measured of one model; `surprises` has an entry of each scored window, None where it cannot score."""

    model: str
    answers: tuple[Answer, ...]
    surprises: tuple[tuple[Window, Surprise], ...] | None
    decodes: tuple[Decode, ...]


def measured_settings(settings: Settings, n: int | None) -> Settings:
    """The settings that a measure runs under: defaults, so that results compare, but a person's model and engine.

    Args:
        settings: Whose `model`, `endpoint` and `engine` stay.
        n: Candidates to sample; None for the default.
    """
    completion = CompletionSettings(timeout_ms=PATIENCE_MS)
    if n is not None:
        completion = dataclasses.replace(completion, n=n)
    return dataclasses.replace(
        settings, enabled=True, disabled_languages=(), exclude=(), completion=completion, context=ContextSettings()
    )


async def material_for(
    model: LanguageModel, files: Sequence[SourceFile], options: LinesOptions, others: Sequence[LanguageModel] = ()
) -> Material:
    """Draw places, and windows that fit the context of every model, so that all score the same bytes.

    Args:
        model: The one that is measured.
        files: What is drawn from.
        options: What is measured.
        others: Those that it is read against.

    Raises:
        ModelError: The model is not to be had.
    """
    capabilities = await model.capabilities()
    drawn = windows(shuffled(files, options.seed), options.bytes_per_language) if capabilities.score else []
    for each in (capabilities, *[await other.capabilities() for other in others]):
        if each.score:
            count_tokens = token_counter(each.tokenizer)
            drawn = [fitting(window, each, count_tokens) for window in drawn]
    return Material(places=tuple(drawn_places(files, options.cursors, options.seed)), windows=tuple(drawn))


async def measure_lines(
    model: LanguageModel, material: Material, settings: Settings, options: LinesOptions, notify: Notify
) -> LinesResult:
    """Measure one model. The same arguments give the same result but for its times.

    Args:
        model: It stays open.
        material: What `material_for` drew.
        settings: What `measured_settings` gave.
        options: What is measured.
        notify: Told the progress.

    Raises:
        ModelError: The model failed.
    """
    capabilities = await model.capabilities()
    timed = TimedModel(model)
    pipeline = Pipeline(timed, settings, count_tokens_for=token_counter, seed=options.seed)
    answers: list[Answer] = []
    try:
        for combination in options.combinations:
            for number, place in enumerate(material.places, start=1):
                answers.append(await _answer(pipeline, cursor_at(place, combination), combination))
                if number % _REPORT_EVERY == 0 or number == len(material.places):
                    notify(_progress(capabilities.model, combination, answers[-number:]))
    finally:
        await pipeline.close()
    surprises = await _surprises(model, material.windows, notify) if capabilities.score else None
    return LinesResult(
        model=capabilities.model, answers=tuple(answers), surprises=surprises, decodes=tuple(timed.decodes)
    )


async def _answer(pipeline: Pipeline, cursor: Cursor, combination: Combination) -> Answer:
    context = CursorContext(
        uri="untitled:measured",
        path=cursor.path,
        language=cursor.language,
        prefix=cursor.prefix,
        suffix=cursor.suffix,
    )
    started = time.perf_counter()
    completion = await pipeline.complete(
        CompletionRequest(context=context, version=0, trigger=Trigger.INVOKED, method="evaluate")
    )
    completion_ms = (time.perf_counter() - started) * 1000
    # Nothing that was sampled here may serve the next cursor.
    pipeline.document_closed(context.uri)
    shown = completion.candidates[0].insert if completion.candidates else ""
    answer = shown.split("\n", 1)[0]
    return Answer(
        combination=combination,
        language=cursor.language,
        is_exact=is_exact(answer, cursor.rest),
        similarity=edit_similarity(answer, cursor.rest),
        is_silent=not completion.candidates,
        completion_ms=completion_ms,
    )


async def _surprises(
    model: LanguageModel, shown: Sequence[Window], notify: Notify
) -> tuple[tuple[Window, Surprise], ...] | None:
    found: list[tuple[Window, Surprise]] = []
    for number, window in enumerate(shown, start=1):
        surprise = await surprise_at(model, window)
        if surprise is None:
            return None
        found.append((window, surprise))
        if number % _REPORT_EVERY == 0 or number == len(shown):
            notify(f"bits per byte: {number} of {len(shown)} files")
    return tuple(found)


def _progress(model: str, combination: Combination, answers: Sequence[Answer]) -> str:
    exact = sum(answer.is_exact for answer in answers)
    return f"{model}, {combination}: {len(answers)} cursors, {exact / len(answers):.1%} exact"

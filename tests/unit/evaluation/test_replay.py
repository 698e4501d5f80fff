"""The replay with models whose every answer is known: the one that knows the file, the silent one, the wrong one."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.completion.pipeline import Pipeline
from codex_lsp.config import Settings
from codex_lsp.errors import ModelUnavailable
from codex_lsp.evaluation.asked_prompts import AskedPrompts
from codex_lsp.evaluation.background_loop import BackgroundLoop
from codex_lsp.evaluation.pace import Pace
from codex_lsp.evaluation.reader import Part
from codex_lsp.evaluation.replay import Material, Person, VirtualReplay, replay_in_real_time, within
from codex_lsp.evaluation.replay_report import figures
from codex_lsp.evaluation.replay_study import Plan, result_of, virtual_study
from codex_lsp.evaluation.session import Typed
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.evaluation.stretches import drawn_stretches, whole_files
from codex_lsp.evaluation.typist import Habits
from codex_lsp.evaluation.watched_model import WatchedModel
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from codex_lsp.models.token_count import token_counter
from codex_lsp.types import Prompt, SamplingParams

TEXT = """import collections


def most_common(words: list[str]) -> str:
    counter = collections.Counter(words)
    if not counter:
        raise ValueError("there are no words")
    return counter.most_common(1)[0][0]


def longest_of_them(words: list[str]) -> str:
    return max(words, key=len, default="")
"""
FILES = [SourceFile(path="words.py", language="python", text=TEXT)]
QUICK = Pace(base_ms=5.0, prompt_token_ms=0.0, step_ms=1.0)
MATERIAL = Material(stretches=tuple(whole_files(FILES, 1, 0)), person=Person())
MIDDLE = Material(stretches=tuple(drawn_stretches(FILES, 1, 4, 0)), person=Person())
Rows = Callable[[Prompt, SamplingParams], list[ScriptedRow]]


@pytest.fixture
def background() -> Iterator[BackgroundLoop]:
    with BackgroundLoop() as running:
        yield running


def opened(model: LanguageModel, settings: Settings, _folder: Path | None) -> Pipeline:
    return Pipeline(model, settings, count_tokens_for=token_counter)


def knowing(prompt: Prompt, _params: SamplingParams) -> list[ScriptedRow]:
    return [ScriptedRow.of(TEXT[len(prompt.prefix) : len(TEXT) - len(prompt.suffix)], -0.1)]


def silent(_prompt: Prompt, _params: SamplingParams) -> list[ScriptedRow]:
    return [ScriptedRow(pieces=())]


def wrong(_prompt: Prompt, _params: SamplingParams) -> list[ScriptedRow]:
    return [ScriptedRow.of("QQ8 = 99", -2.0)]


def typed(
    background: BackgroundLoop, rows: Rows, material: Material = MATERIAL, pace: Pace = QUICK
) -> tuple[Typed, ScriptedModel]:
    model = ScriptedModel(rows)
    replay = VirtualReplay(model, material, background, open_pipeline=opened, several=False)
    (found,) = replay.run(Settings(), pace, unheard)
    assert found.typed + sum(reading.accepted for reading in found.readings) == found.characters
    return found, model


def unheard(_text: str) -> None:
    """Nobody listens."""


def test_a_model_that_knows_the_file_saves_almost_all(background: BackgroundLoop) -> None:
    found, _ = typed(background, knowing)
    report = figures([found], real_time=False)
    assert report["saved_ratio"] > 0.75
    assert report["accepted_share"] > 0.8
    assert report["right_share"] == 1.0
    assert report["seconds_saved_per_minute"] > 30
    assert (report["p50_ms"], report["p95_ms"]) == (None, None)
    assert any(reading.part is Part.WHOLE for reading in found.readings)


def test_what_follows_a_stretch_is_there_and_not_typed_again(background: BackgroundLoop) -> None:
    found, model = typed(background, knowing, MIDDLE)
    (stretch,) = MIDDLE.stretches
    assert {request.prompt.suffix for request in model.requests} == {stretch.after}
    assert figures([found], real_time=False)["saved_ratio"] > 0.5


def test_silence_saves_and_costs_nothing(background: BackgroundLoop) -> None:
    found, model = typed(background, silent)
    report = figures([found], real_time=False)
    assert (report["saved_ratio"], report["seconds_saved_per_minute"]) == (0.0, 0.0)
    assert (report["shown"], report["reuse_share"], report["accepted_share"]) == (0, None, None)
    assert report["line_exact_match"] == 0.0
    assert found.typed == found.characters
    assert report["generations"] >= len(model.requests)


def test_what_is_wrong_costs_the_time_to_read_it(background: BackgroundLoop) -> None:
    found, _ = typed(background, wrong)
    report = figures([found], real_time=False)
    assert report["saved_ratio"] == 0.0
    assert report["read"] > 20
    assert report["seconds_saved_per_minute"] < -3


def test_generations_are_counted_where_they_start(background: BackgroundLoop) -> None:
    # A person slower than any generation, and nothing that fits further on: each key starts one.
    person = Person(habits=Habits(median_gap_ms=2000, sigma=0.0))
    found, model = typed(background, wrong, replace(MATERIAL, person=person))
    report = figures([found], real_time=False)
    assert report["generations"] == len(model.requests)
    # Between word characters of the file nothing is asked; at its end there is no further place.
    assert report["keystrokes"] - 10 < report["generations"] < report["keystrokes"]
    assert report["model_calls_ratio"] == round(report["generations"] / report["keystrokes"], 6)
    assert report["reuse_share"] == 0.0


def test_typing_what_is_suggested_needs_no_generation(background: BackgroundLoop) -> None:
    def tail(prompt: Prompt, params: SamplingParams) -> list[ScriptedRow]:
        """Right for three characters, then not: never worth a key."""
        (row,) = knowing(prompt, params)
        return [ScriptedRow(pieces=("".join(row.pieces)[:3].replace("\n", " "), "QQQ"))]

    found, _ = typed(background, tail)
    report = figures([found], real_time=False)
    assert report["model_calls_ratio"] < 0.7
    assert report["reuse_share"] > 0.3


def test_latency_costs(background: BackgroundLoop) -> None:
    quick, _ = typed(background, knowing)
    slow, _ = typed(background, knowing, pace=QUICK.slower(250.0))
    assert quick.seconds < slow.seconds < slow.alone_s
    assert slow.late > quick.late


def test_a_plan_gives_the_same_json_twice_and_equal_settings_no_difference(background: BackgroundLoop) -> None:
    settings = Settings()
    changes = {
        "completion.n=1": replace(settings, completion=replace(settings.completion, n=1)),
        "completion.n=4": settings,
        "enabled=false": replace(settings, enabled=False),
    }
    plan = Plan(settings=settings, pace=QUICK, latencies_ms=(0.0, 300.0), changes=changes)

    def run() -> str:
        replay = VirtualReplay(ScriptedModel(knowing), MATERIAL, background, open_pipeline=opened, several=True)
        return json.dumps(virtual_study(replay, plan, unheard))

    first = run()
    assert run() == first
    found = json.loads(first)
    assert found["latencies"][0]["saved_ratio"] == found["saved_ratio"]
    assert found["latencies"][1]["seconds_saved_per_minute"] < found["seconds_saved_per_minute"]
    _, same, off = found["comparisons"]
    assert (same["setting"], same["saved_ratio"]["difference"]) == ("completion.n=4", 0.0)
    assert off["saved_ratio"]["value"] == 0.0
    assert off["saved_ratio"]["difference"] == -found["saved_ratio"]


def test_a_failing_model_ends_the_replay(background: BackgroundLoop) -> None:
    model = ScriptedModel(knowing, failure=ModelUnavailable("gone"))
    replay = VirtualReplay(model, MATERIAL, background, open_pipeline=opened, several=False)
    with pytest.raises(ModelUnavailable, match="gone"):
        replay.run(Settings(), QUICK, unheard)


def test_real_time_gives_latencies() -> None:
    model = WatchedModel(ScriptedModel(knowing), AskedPrompts(len))
    person = Person(habits=Habits(median_gap_ms=5.0, sigma=0.1))
    settings = replace(Settings(), completion=replace(Settings().completion, debounce_ms=0))
    found = asyncio.run(replay_in_real_time(model, replace(MIDDLE, person=person), settings, opened, unheard))
    report = result_of(found, real_time=True)
    assert report["p95_ms"] >= report["p50_ms"] >= 0
    assert report["by"]["tiers"]["generated"]["shown"] > 0
    assert len(model.timings) > 0
    assert report["generations"] == len(model.costs)


def test_stretches_within_a_number_of_characters() -> None:
    stretches = whole_files([replace(FILES[0], path=f"{name}.py") for name in "abc"], 3, 0)
    assert within(stretches, 1) == stretches[:1]
    assert within(stretches, 2 * len(TEXT)) == stretches[:2]

"""The measure of line completion with models whose every answer is known."""

import dataclasses
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.config import CompletionSettings, ContextSettings, EngineSettings, Settings
from codex_lsp.errors import ModelUnavailable
from codex_lsp.evaluation.cursors import Combination
from codex_lsp.evaluation.lines import LinesOptions, material_for, measure_lines, measured_settings
from codex_lsp.evaluation.manifest import Provenance, manifest
from codex_lsp.evaluation.percentiles import percentile
from codex_lsp.evaluation.report import report
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow, everything
from codex_lsp.types import Prompt, SamplingParams

FILES = [
    SourceFile(path="a.py", language="python", text="def one():\n    return first\n\n\nvalue = second\n"),
    SourceFile(path="b.go", language="go", text="package main\n\nvar value = 3\n"),
]
SETTINGS = measured_settings(Settings(), None)
Rows = Callable[[Prompt, SamplingParams], list[ScriptedRow]]


def silent(_line: str) -> None:
    """Nobody listens."""


def knowing(prompt: Prompt, _params: SamplingParams) -> list[ScriptedRow]:
    """What stands after the prefix in the file, which only an oracle knows."""
    assert prompt.header is not None
    text = next(file.text for file in FILES if file.path == prompt.header.path)
    rest = text[len(prompt.prefix) :].split("\n")[0]
    return [ScriptedRow(pieces=(rest, "\n", "x"))]


async def measured(rows: Rows, options: LinesOptions) -> dict[str, object]:
    model = ScriptedModel(rows)
    material = await material_for(model, FILES, options)
    return report(await measure_lines(model, material, SETTINGS, options, silent))


def figures(found: dict[str, object], *keys: str) -> object:
    at: object = found
    for key in keys:
        assert isinstance(at, dict)
        at = at[key]
    return at


async def test_an_oracle_is_always_right() -> None:
    found = await measured(knowing, LinesOptions(cursors=12))
    assert (found["line_exact_match"], found["line_edit_similarity"]) == (1.0, 1.0)
    assert figures(found, "by", "combinations") == {
        combination.value: {"line_exact_match": 1.0, "line_edit_similarity": 1.0, "cursors": 12, "silent": 0}
        for combination in Combination
    }
    assert figures(found, "by", "languages", "go", "cursors") == 6
    assert figures(found, "by", "languages", "go", "line_exact_match") == 1.0


async def test_silence_is_a_miss_and_is_counted() -> None:
    found = await measured(lambda _prompt, _params: [ScriptedRow(pieces=())], LinesOptions(cursors=5))
    assert (found["line_exact_match"], found["line_edit_similarity"]) == (0.0, 0.0)
    assert figures(found, "by", "combinations", "uniform_with_suffix", "silent") == 5
    assert figures(found, "decode_ms", "completion", "p50")


async def test_only_the_first_line_of_the_best_candidate_counts() -> None:
    def rows(prompt: Prompt, params: SamplingParams) -> list[ScriptedRow]:
        right = knowing(prompt, params)[0].pieces[0]
        return [
            ScriptedRow.of(f"{right}\n        and_more", -0.5),
            ScriptedRow.of("something_else", -2.0),
        ]

    found = await measured(rows, LinesOptions(cursors=8))
    assert found["line_exact_match"] == 1.0

    def worse(prompt: Prompt, params: SamplingParams) -> list[ScriptedRow]:
        first, second = rows(prompt, params)
        return [ScriptedRow(pieces=first.pieces, logprobs=(-3.0,)), second]

    assert (await measured(worse, LinesOptions(cursors=8)))["line_exact_match"] == 0.0


async def test_left_to_right_shows_no_suffix() -> None:
    model = ScriptedModel(knowing)
    options = LinesOptions(cursors=6, combinations=(Combination.UNIFORM_LEFT_TO_RIGHT,), bytes_per_language=0)
    found = report(await measure_lines(model, await material_for(model, FILES, options), SETTINGS, options, silent))
    assert {request.prompt.suffix for request in model.requests} == {""}
    assert (found["line_exact_match"], found["bits_per_byte"]) == (None, None)
    assert list(found["by"]["combinations"]) == ["uniform_left_to_right"]


async def test_the_same_seed_gives_the_same_figures() -> None:
    def noisy(prompt: Prompt, params: SamplingParams) -> list[ScriptedRow]:
        return [ScriptedRow.of(prompt.prefix[-3:] + str(params.seed))]

    first, again, other = [await measured(noisy, LinesOptions(cursors=9, seed=seed)) for seed in (3, 3, 4)]
    for found in (first, again, other):
        del found["decode_ms"]
    assert first == again
    assert first != other


async def test_bits_per_byte_need_a_model_that_scores() -> None:
    model = ScriptedModel(knowing, capabilities=everything("a", fim=False))
    options = LinesOptions(cursors=1)
    scored = report(await measure_lines(model, await material_for(model, FILES, options), SETTINGS, options, silent))
    assert scored["bits_per_byte"] == pytest.approx(
        sum(scored["by"]["languages"][language]["tokens"] for language in ("go", "python"))
        / 0.6931471805599453
        / sum(len(file.text) for file in FILES)
    )

    mute = ScriptedModel(knowing, capabilities=dataclasses.replace(everything("mute"), score=False))
    material = await material_for(mute, FILES, options)
    assert material.windows == ()
    assert report(await measure_lines(mute, material, SETTINGS, options, silent))["bits_per_byte"] is None


async def test_windows_fit_the_shortest_context_of_those_compared() -> None:
    files = [SourceFile(path="a.py", language="python", text="value = first + second\n" * 100)]
    model, options = ScriptedModel(knowing), LinesOptions(cursors=1)
    short = ScriptedModel(knowing, capabilities=dataclasses.replace(everything("short"), max_context=200))
    [alone] = (await material_for(model, files, options)).windows
    [shared] = (await material_for(model, files, options, [short])).windows
    assert alone.text == files[0].text
    assert shared == (await material_for(short, files, options)).windows[0]
    assert 0 < len(shared.text) < len(alone.text)


async def test_a_model_that_fails_ends_the_measure() -> None:
    model = ScriptedModel(knowing, failure=ModelUnavailable("gone"))
    material = await material_for(model, FILES, LinesOptions(cursors=1))
    with pytest.raises(ModelUnavailable, match="gone"):
        await measure_lines(model, material, SETTINGS, LinesOptions(cursors=1), silent)


async def test_progress_is_told() -> None:
    said: list[str] = []
    model = ScriptedModel(knowing)
    options = LinesOptions(cursors=2, combinations=(Combination.UNIFORM_WITH_SUFFIX,))
    await measure_lines(model, await material_for(model, FILES, options), SETTINGS, options, said.append)
    assert said == ["scripted, uniform_with_suffix: 2 cursors, 100.0% exact", "bits per byte: 2 of 2 files"]


def test_settings_are_defaults_but_for_the_model() -> None:
    own = Settings(
        enabled=False,
        disabled_languages=("python",),
        model="other",
        completion=CompletionSettings(temperature=1.0),
        context=ContextSettings(suffix_share=0.0),
        engine=EngineSettings(threads=3),
    )
    found = measured_settings(own, 2)
    assert found == Settings(
        model="other",
        completion=CompletionSettings(n=2, timeout_ms=600_000),
        engine=EngineSettings(threads=3),
    )


def test_a_manifest_tells_the_material_whatever_its_order() -> None:
    made = Provenance(command="codex-lsp evaluate lines x", versions={"python": "3"}, packages=("p",), elapsed_s=1.25)
    one = manifest("m", FILES, SETTINGS, LinesOptions(), made)
    other = manifest("m", FILES[::-1], SETTINGS, LinesOptions(), made)
    assert one["material"] == other["material"]
    assert one["material"]["bytes"] == sum(len(file.text) for file in FILES)
    changed = manifest("m", FILES[:1], SETTINGS, LinesOptions(), made)
    assert changed["material"]["sha256"] != one["material"]["sha256"]
    assert json.loads(json.dumps(one))["settings"]["completion"]["n"] == 4


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(1, 100))
def test_a_percentile_is_the_least_value_that_covers_its_share(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= len(values) * percent / 100
    assert percentile([], percent) is None

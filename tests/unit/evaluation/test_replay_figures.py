"""What is made of a replay: calibration, intervals, the ranking study and pictures."""

import itertools
import math
import statistics
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.pipeline import Pipeline
from codex_lsp.config import Settings
from codex_lsp.evaluation.bootstrap import interval
from codex_lsp.evaluation.calibration import calibrated
from codex_lsp.evaluation.cursors import drawn_places
from codex_lsp.evaluation.drawn_rows import CursorRows, Outcome, drawn_rows
from codex_lsp.evaluation.ranking_study import POLICIES, VALUES, ranking_figures
from codex_lsp.evaluation.reader import Part
from codex_lsp.evaluation.replay_charts import Series, line_chart
from codex_lsp.evaluation.session import Reading
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from codex_lsp.models.token_count import token_counter
from codex_lsp.types import Prompt, SamplingParams

EXACT = VALUES["line_exact_match"]
OUTCOMES = st.builds(
    Outcome,
    mean_logprob=st.none() | st.floats(-5, 0).map(lambda value: round(value, 1)),
    is_exact=st.booleans(),
    similarity=st.floats(0, 1),
)
ROWS = st.builds(CursorRows, path=st.just("a"), greedy=OUTCOMES, sampled=st.tuples(*[OUTCOMES] * 5))


def reading(mean_logprob: float | None, *, right: bool, saved: int = 0) -> Reading:
    part = Part.WHOLE if saved else Part.NOTHING
    return Reading(
        mean_logprob=mean_logprob,
        is_line_right=right,
        accepted=saved + 1 if saved else 0,
        keys=int(bool(saved)),
        part=part,
    )


def test_the_surer_half_of_a_calibrated_model_is_right_more_often() -> None:
    readings = [reading(-number / 100, right=number < 25, saved=3 if number < 25 else 0) for number in range(100)]
    points = calibrated(readings)
    assert (points[0].threshold, points[0].shown_share, points[0].right_share, points[0].saved) == (None, 1.0, 0.25, 75)
    assert [point.shown_share for point in points] == sorted((point.shown_share for point in points), reverse=True)
    sure = next(point for point in points if point.shown_share <= 0.25)
    assert (sure.right_share, sure.accepted_share) == (1.0, 1.0)
    assert sure.threshold is not None
    assert math.isclose(sure.threshold, -0.24)


def test_without_logprobs_nothing_is_calibrated() -> None:
    assert calibrated([reading(None, right=True), reading(-1.0, right=True)]) == []
    assert calibrated([]) == []


def test_an_interval_holds_what_files_vary_by() -> None:
    low, high = interval([0.0, 1.0] * 50, statistics.fmean, seed=0) or (1.0, 0.0)
    assert 0.35 < low < 0.5 < high < 0.65
    assert interval([2.0, 2.0], statistics.fmean, seed=0) == (2.0, 2.0)
    assert interval([2.0], statistics.fmean, seed=0) is None
    assert interval([1.0, 2.0], lambda _: None, seed=0) is None


@given(ROWS, st.integers(1, 4))
def test_closed_forms_are_means_over_all_subsets(rows: CursorRows, size: int) -> None:
    def key(outcome: Outcome) -> float:
        return math.inf if outcome.mean_logprob is None else -outcome.mean_logprob

    subsets = list(itertools.combinations(rows.sampled, size))
    smaller = list(itertools.combinations(rows.sampled, size - 1))
    expected = {
        "greedy": EXACT(rows.greedy),
        "random": statistics.fmean(map(EXACT, rows.sampled)),
        "best": statistics.fmean(EXACT(min(subset, key=key)) for subset in subsets),
        "best_with_greedy": statistics.fmean(EXACT(min((rows.greedy, *subset), key=key)) for subset in smaller),
        "oracle": statistics.fmean(max(map(EXACT, subset)) for subset in subsets),
    }
    for name, value in expected.items():
        assert POLICIES[name](rows, size, EXACT) == pytest.approx(value)


async def test_rows_are_drawn_once_and_shown_one_by_one() -> None:
    text = "value = first + second\n"
    files = [SourceFile(path=f"{name}.py", language="python", text=text) for name in "ab"]

    def rows(prompt: Prompt, params: SamplingParams) -> list[ScriptedRow]:
        rest = text[len(prompt.prefix.rpartition("\n")[2]) :].rstrip("\n")
        assert (params.n, params.greedy_first) == (9, True)
        return [ScriptedRow.of("greedy", -0.5), *[ScriptedRow.of(rest, -0.2), ScriptedRow.of("other", -0.9)] * 4]

    model = ScriptedModel(rows)
    found = await drawn_rows(
        model,
        drawn_places(files, 4, 0),
        Settings(),
        lambda asked, settings, _folder: Pipeline(asked, settings, count_tokens_for=token_counter),
        lambda _text: None,
    )
    assert len(model.requests) == 4
    assert [outcome.is_exact for outcome in found[0].sampled] == [True, False] * 4
    assert not found[0].greedy.is_exact
    report = ranking_figures(found, seed=0)
    exact = report["line_exact_match"]
    assert (report["cursors"], report["files"]) == (4, 2)
    assert exact["greedy"]["8"] == {"value": 0.0, "interval": [0.0, 0.0]}
    assert exact["random"]["4"]["value"] == exact["best"]["1"]["value"] == 0.5
    assert exact["best"]["8"]["value"] == exact["oracle"]["8"]["value"] == 1.0
    assert exact["differences"]["best - random"]["8"]["interval"] == [0.5, 0.5]


def test_a_chart_is_xml_with_every_name_and_the_same_each_time() -> None:
    series = [Series(name="one & two", points=[(0, 0.5), (100, -1.0)]), Series(name="three", points=[(7, 7)])]
    picture = line_chart(title="a < b", across="x", up="y", series=series)
    assert picture == line_chart(title="a < b", across="x", up="y", series=series)
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {"a < b", "x", "y", "one & two", "three"} <= texts

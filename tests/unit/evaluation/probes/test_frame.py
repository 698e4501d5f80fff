"""What all probes share: asking and going on, rates with intervals, table and chart."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import ModelRefused, ModelUnavailable, UsageError
from codex_lsp.evaluation.probes.asking import ANSWERS, Sampling, ask
from codex_lsp.evaluation.probes.chart import chart
from codex_lsp.evaluation.probes.judged import Findings, Judged, Row, rate_interval, rows_by_group
from codex_lsp.evaluation.probes.probe import Labels
from codex_lsp.evaluation.probes.question import SCORED, Question
from codex_lsp.evaluation.probes.table import table
from codex_lsp.evaluation.proportion import exact_interval
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.types import Prompt, SamplingParams

QUESTIONS = [
    Question(question_id="one", group="a", prompt="def one():\n", stop=("\ndef",)),
    Question(question_id="two", group="b", prompt="x = ", offered=("1", "22"), path="m.py"),
    Question(question_id="three", group="b", prompt="y = "),
]
SAMPLING = Sampling(n=3, seed=1)


async def test_answers_are_kept_and_a_run_goes_on(tmp_path: Path) -> None:
    model = ScriptedModel(["return 1", "return 2"])
    told: list[str] = []
    found = await ask(model, QUESTIONS, SAMPLING, tmp_path, told.append)
    assert told[-1].startswith("scripted: answers: 8 of 8")
    assert [sample.completion for sample in found[0].samples] == ["return 1", "return 2", "return 1"]
    assert [(sample.completion, sample.extra.get(SCORED)) for sample in found[1].samples] == [("1", True), ("22", True)]
    assert len(model.requests) == 4
    # As a kill leaves it: a line less, and half of another.
    lines = (tmp_path / ANSWERS).read_text().splitlines(keepends=True)
    (tmp_path / ANSWERS).write_text("".join(lines[:-2]) + lines[-2][:20])
    again = ScriptedModel(["return 1", "return 2"])
    assert await ask(again, QUESTIONS, SAMPLING, tmp_path, print) == found
    assert len(again.requests) == 1
    assert again.requests[0].prompt.prefix == "y = "


async def test_a_failure_keeps_what_was_answered(tmp_path: Path) -> None:
    broken = ScriptedModel(
        lambda prompt, _: ["return 1"] if "one" in prompt.prefix else [],
        failure=ModelUnavailable("gone"),
        fail_at_step=2,
    )
    with pytest.raises(ModelUnavailable):
        await ask(broken, QUESTIONS, SAMPLING, tmp_path, print)
    whole = ScriptedModel(["a"])
    found = await ask(whole, QUESTIONS, SAMPLING, tmp_path, print)
    assert all(one.samples for one in found)


async def test_another_run_does_not_go_on_in_a_folder(tmp_path: Path) -> None:
    await ask(ScriptedModel(["a"]), QUESTIONS, SAMPLING, tmp_path, print)
    for questions, sampling in ((QUESTIONS[:2], SAMPLING), (QUESTIONS, Sampling(n=4, seed=1))):
        with pytest.raises(UsageError, match="another run"):
            await ask(ScriptedModel(["a"]), questions, sampling, tmp_path, print)
    with pytest.raises(UsageError, match="another run"):
        await ask(ScriptedModel(["a"]), QUESTIONS, SAMPLING, tmp_path, print, weights="of another model")


async def test_a_question_that_is_refused_is_left_out(tmp_path: Path) -> None:
    def rows(prompt: Prompt, _: SamplingParams) -> list[str]:
        if prompt.prefix == "y = ":
            raise ModelRefused("too long")
        return ["a"]

    told: list[str] = []
    found = await ask(ScriptedModel(rows), QUESTIONS, SAMPLING, tmp_path, told.append)
    assert [len(one.samples) for one in found] == [3, 2, 0]
    assert "left out: three: too long" in told


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (473, 453_780, 0.000951, 0.001141)],
)
def test_exact_intervals_as_tables_have_them(hits: int, trials: int, low: float, high: float) -> None:
    assert exact_interval(hits, trials) == pytest.approx((low, high), abs=1e-4 if trials < 100 else 1e-6)


@given(st.integers(1, 300).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_an_exact_interval_holds_the_rate(pair: tuple[int, int]) -> None:
    hits, trials = pair
    found = exact_interval(hits, trials)
    assert found is not None
    assert 0 <= found[0] <= hits / trials <= found[1] <= 1
    assert exact_interval(0, 0) is None


def test_answers_of_one_question_count_for_less_than_those_of_many() -> None:
    apart = rate_interval([(1, 1), (0, 1)] * 20, seed=0)
    together = rate_interval([(20, 20), (0, 20)], seed=0)
    assert apart is not None
    assert together is not None
    assert apart == pytest.approx(exact_interval(20, 40), abs=0.02)
    assert together == (0.0, 1.0)


def judged(question: str, group: str, label: str) -> Judged:
    return Judged(question_id=question, group=group, index=0, labels=(label,))


def test_rows_count_labels_and_take_the_rate_of_some() -> None:
    some = [judged("1", "a", "yes"), judged("2", "a", "no"), judged("3", "a", "silent"), judged("4", "b", "silent")]
    one, other = rows_by_group(some, frozenset({"yes"}), seed=0, of=frozenset({"yes", "no"}))
    assert (one.group, one.answers, one.rate, dict(one.counts)) == ("a", 2, 0.5, {"no": 1, "silent": 1, "yes": 1})
    assert (other.answers, other.rate, other.interval) == (0, None, None)


FOUND = Findings(
    rows=(
        Row(group="1", answers=10, rate=0.5, interval=(0.2, 0.8), counts={"passed": 5, "failed": 5}),
        Row(group="2", answers=0, rate=None, interval=None),
    ),
    notes=("a note",),
)


def test_one_table_for_all_models() -> None:
    lines = list(table(Labels(title="t", group="size", rate="pass rate"), {"m": FOUND, "other": FOUND}))
    heads = ["model", "size", "answers", "pass rate", "95 % interval", "failed", "passed"]
    assert [cell.strip() for cell in lines[0].split("|")[1:-1]] == heads
    assert lines[2].split("|")[1:-1] == [
        " m     ",
        " 1    ",
        " 10      ",
        " 50 %      ",
        " 20 % to 80 %  ",
        " 5      ",
        " 5      ",
    ]
    assert lines[3].count(" - ") == 2
    assert lines[-2:] == ["m: a note", "other: a note"]


@pytest.mark.parametrize("is_ordered", [True, False])
def test_one_chart_for_all_models_and_equal_findings_give_equal_bytes(*, is_ordered: bool) -> None:
    labels = Labels(title="What it shows", group="size", rate="pass rate", is_ordered=is_ordered)
    drawn = chart(labels, {"m": FOUND, "other": FOUND})
    assert drawn == chart(labels, {"m": FOUND, "other": FOUND})
    for text in (b"<svg", b"What it shows", b"pass rate", b"other"):
        assert text in drawn

"""BLEU of right and wrong samples, against sacrebleu's own numbers."""

import itertools
import statistics

import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.bleu import BINS, bleu_table, overlap, sentence_bleu
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.execution.verdict import Outcome

REFERENCE = "    total = 0\n    for value in values:\n        total += value\n    return total\n"
TEXTS = (
    "    return sum(values)\n",
    "    total = 0\n    for value in values:\n        total -= value\n    return total\n",
    "",
)
POINTS = st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0]), min_size=1, max_size=5)


def graded(task: str, texts: list[tuple[str, bool]]) -> list[GradedSample]:
    return [
        GradedSample(task_id=task, index=at, completion=text, outcome=Outcome.PASSED if right else Outcome.FAILED)
        for at, (text, right) in enumerate(texts)
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_a_sample_has_the_score_that_sacrebleu_gives(text: str) -> None:
    assert sentence_bleu(text, REFERENCE) == sacrebleu.sentence_bleu(text, [REFERENCE], use_effective_order=True).score


@given(POINTS, POINTS)
def test_overlap_is_the_share_of_pairs(right: list[float], wrong: list[float]) -> None:
    pairs = [1.0 if b > a else 0.5 if b == a else 0.0 for a, b in itertools.product(right, wrong)]
    assert overlap(right, wrong) == pytest.approx(statistics.fmean(pairs))


def test_only_tasks_with_right_and_wrong_samples_count() -> None:
    samples = [
        *graded("both", [(TEXTS[0], True), (TEXTS[1], False), (TEXTS[1], False)]),
        *graded("right", [(TEXTS[0], True)]),
        *graded("unknown", [(TEXTS[0], True), (TEXTS[1], False)]),
    ]
    table = bleu_table(samples, {"both": REFERENCE, "right": REFERENCE, "unknown": ""})
    assert table["tasks"] == 1
    assert table["overlap"] == {"value": 1.0, "interval": None}
    assert table["mean"]["wrong"] == round(sentence_bleu(TEXTS[1], REFERENCE), 4) > table["mean"]["right"]
    (task,) = table["by_task"]
    assert (task["task_id"], task["right"], task["wrong"]) == ("both", 1, 2)
    assert sum(table["histogram"]["wrong"]) == pytest.approx(1.0)
    assert len(table["histogram"]["right"]) == BINS
    assert table["signature"].startswith("sacrebleu ")


def test_of_nothing_there_is_no_overlap() -> None:
    assert bleu_table([], {})["overlap"] is None

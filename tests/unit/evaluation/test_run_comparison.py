"""Two runs, paired by task."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.run_comparison import MOST_EXACT, compared_runs, manifest_differences, sign_flip_p_value
from codex_lsp.execution.verdict import Outcome


def run(passes: dict[str, str]) -> list[GradedSample]:
    return [
        GradedSample(task_id=task, index=at, completion="", outcome=Outcome.PASSED if mark == "+" else Outcome.ERROR)
        for task, marks in passes.items()
        for at, mark in enumerate(marks)
    ]


@given(st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.5]), max_size=7))
def test_the_test_counts_all_flips(differences: list[float]) -> None:
    sums = [
        abs(math.fsum(sign * value for sign, value in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    expected = sum(each >= abs(math.fsum(differences)) - 1e-9 for each in sums) / len(sums)
    assert sign_flip_p_value(differences, seed=0) == (pytest.approx(expected), True)


def test_many_differences_are_drawn_and_never_impossible() -> None:
    p_value, is_exact = sign_flip_p_value([0.5] * (MOST_EXACT + 20), seed=0)
    assert (is_exact, 0 < p_value < 0.001) == (False, True)
    p_value, _ = sign_flip_p_value([0.5, -0.5] * MOST_EXACT, seed=0)
    assert p_value == 1.0


def test_differences_are_of_tasks_that_both_have() -> None:
    one = run({"a": "++", "b": "+-", "c": "--", "d": "++"})
    other = run({"a": "--", "b": "+-", "c": "+-", "e": "++"})
    found = compared_runs(one, other)
    assert (found["tasks"], found["only_in_one"]) == (3, 2)
    first = found["pass@1"]
    assert (first["one"], first["other"]) == (0.5, pytest.approx(1 / 3, abs=1e-6))
    assert first["difference"]["value"] == pytest.approx(1 / 6, abs=1e-6)
    assert (first["better"], first["worse"], first["p_value"], first["is_exact"]) == (1, 1, 1.0, True)
    assert "pass@10" not in found
    assert [row["task_id"] for row in found["most_apart"]] == ["a", "c"]
    with pytest.raises(UsageError, match="no task in common"):
        compared_runs(one, run({"z": "+"}))


def test_gaps_of_one_solution_are_one_draw() -> None:
    one = run({f"SingleLineInfilling/HumanEval/0/L{line}": "+" for line in range(6)})
    other = run({f"SingleLineInfilling/HumanEval/0/L{line}": "-" for line in range(6)})
    found = compared_runs(one, other)["pass@1"]
    assert (found["better"], found["p_value"], found["difference"]) == (6, 1.0, {"value": 1.0, "interval": None})


def test_what_manifests_differ_in_is_named() -> None:
    one = {"benchmark": "humaneval", "date": "today", "sampling": {"temperature": 0.2, "top_p": 0.95}, "n": 10}
    other = {"benchmark": "humaneval", "date": "yesterday", "sampling": {"temperature": 0.8, "top_p": 0.95}}
    assert manifest_differences(one, other, ["date"]) == [
        "n: 10 against nothing",
        "sampling.temperature: 0.2 against 0.8",
    ]

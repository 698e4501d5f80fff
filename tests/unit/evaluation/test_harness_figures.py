"""Figures of a run: which temperature is quoted, what is null, and over what intervals are drawn."""

from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.harness_figures import figures
from codex_lsp.execution.verdict import Outcome


def results(task_id: str, temperature: float | None, passes: str) -> list[GradedSample]:
    """One sample for each letter: `p` passes."""
    return [
        GradedSample(
            task_id=task_id,
            index=index,
            completion="",
            outcome=Outcome.PASSED if letter == "p" else Outcome.FAILED,
            temperature=temperature,
        )
        for index, letter in enumerate(passes)
    ]


def test_one_temperature() -> None:
    found = figures([*results("t/0", None, "p..."), *results("t/1", None, "....")], ks=(1, 2))
    assert found["pass@1"] == 0.125
    assert found["pass@2"] == 0.25
    assert (found["pass@10"], found["intervals"]["pass@10"], found["pass@100"]) == (None, None, None)
    low, high = found["intervals"]["pass@1"]
    assert low <= 0.125 <= high
    assert found["by_task"] == {
        "t/0": [{"temperature": None, "n": 4, "c": 1}],
        "t/1": [{"temperature": None, "n": 4, "c": 0}],
    }
    assert (found["outcomes"], found["samples"], found["tasks"]) == ({"passed": 1, "failed": 7}, 8, 2)
    assert found["by_temperature"][0]["solved"] == 1


def test_the_coldest_gives_pass_at_1_and_the_warmest_the_others() -> None:
    found = figures([*results("t/0", 0.8, "p" + "." * 9), *results("t/0", 0.2, "pp" + "." * 8)])
    assert (round(found["pass@1"], 12), found["temperatures"]["pass@1"]) == (0.2, 0.2)
    assert (found["pass@10"], found["temperatures"]["pass@10"]) == (1.0, 0.8)
    assert [row["temperature"] for row in found["by_temperature"]] == [0.2, 0.8]


def test_k_is_bounded_by_the_task_with_fewest_samples() -> None:
    found = figures([*results("t/0", 0.2, "p" * 12), *results("t/1", 0.2, "p")])
    assert (found["pass@1"], found["pass@10"]) == (1.0, None)
    # A greedy sample says nothing of pass@10, warmer ones do.
    mixed = figures([*results("t/0", 0.0, "p"), *results("t/0", 0.8, "p" * 10)])
    assert (mixed["temperatures"]["pass@1"], mixed["temperatures"]["pass@10"]) == (0.0, 0.8)


def test_gaps_of_one_solution_are_drawn_together() -> None:
    gaps = [
        *results("SingleLineInfilling/HumanEval/0/L0", 0.2, "p"),
        *results("SingleLineInfilling/HumanEval/0/L1", 0.2, "p"),
        *results("SingleLineInfilling/HumanEval/1/L0", 0.2, "."),
    ]
    found = figures(gaps)
    assert round(found["pass@1"], 6) == round(2 / 3, 6)
    # Two problems: all of one, all of the other, or both.
    assert found["intervals"]["pass@1"] == (0.0, 1.0)
    assert figures(results("HumanEval/0", 0.2, "p"))["intervals"]["pass@1"] is None


def test_nothing_at_all() -> None:
    found = figures([])
    assert (found["pass@1"], found["tasks"], found["by_temperature"]) == (None, 0, [])

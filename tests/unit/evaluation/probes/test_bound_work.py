"""Bound operations: what is asked, what comes of it, and what was forgotten."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.evaluation.probes.binding import FORGOT, NO_ANSWER, OTHER, WRONG_RESULT, forgotten_in, label_of
from codex_lsp.evaluation.probes.bound_work import (
    MOST,
    Binding,
    Combination,
    Operation,
    Work,
    check_of,
    drawn_work,
    outcomes_of,
    prompt_of,
    result_of,
)
from codex_lsp.execution.verdict import Outcome, Verdict

WORK = Work(
    names=("x", "y", "z", "w"),
    bindings=(
        Binding(argument=1, operation=Operation.ADD, amount=3),
        Binding(argument=0, operation=Operation.SUBTRACT, amount=4),
        Binding(argument=3, operation=Operation.SUBTRACT, amount=4),
    ),
    is_shared=True,
    combination=Combination.PRODUCT,
    inputs=((11, 13, 17, 19), (23, 29, 31, 37)),
)


def check(body: str) -> None:
    names: dict[str, Any] = {}
    exec(f"def do_work(x, y, z, w):\n    {body}\n{check_of(WORK)}", names)  # noqa: S102 - our own program
    names["check"](names["do_work"])


def test_the_prompt_tells_every_binding_and_the_result() -> None:
    assert prompt_of(WORK, "do_work") == (
        "def do_work(x, y, z, w):\n"
        '    """Add 3 to y. Subtract 4 from both x and w. Return the product of the four numbers."""\n'
    )


def test_the_right_answer_passes() -> None:
    check("return (x - 4) * (y + 3) * z * (w - 4)")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return (x - 4) * (y + 3) * z * w", "forgot <3>, result right"),
        ("return x * (y + 3) * z * w", "forgot <2,3>, result right"),
        ("return x * y * z * w", "forgot <1,2,3>, result right"),
        ("return x - 4 + y + 3 + z + w - 4", "forgot <>, result wrong"),
        ("return x - 4", "none of the expected"),
        ("return None", "none of the expected"),
    ],
)
def test_what_was_forgotten_is_told(body: str, told: str) -> None:
    with pytest.raises(AssertionError) as raised:
        check(body)
    assert str(raised.value) == told


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), count=st.integers(1, MOST))
def test_forgetting_anything_gives_other_results(seed: int, count: int) -> None:
    work = drawn_work(count, Random(seed))
    (told, right), *others = outcomes_of(work)
    assert told == "forgot <>, result right"
    assert right == [result_of(work, row, combination=work.combination) for row in work.inputs]
    assert len({binding.argument for binding in work.bindings}) == count
    assert len({tuple(results) for _, results in others} | {tuple(right)}) == 2 * 2**count


def test_labels_of_verdicts() -> None:
    def label(outcome: Outcome, detail: str = "") -> str:
        return label_of(Verdict(outcome=outcome, detail=detail))

    assert label(Outcome.PASSED) == "passed"
    assert label(Outcome.ERROR, "NameError: w") == NO_ANSWER
    assert label(Outcome.TIMED_OUT) == NO_ANSWER
    assert label(Outcome.FAILED, "forgot <1>, result right") == FORGOT
    assert label(Outcome.FAILED, "forgot <>, result wrong") == WRONG_RESULT
    assert label(Outcome.FAILED, "none of the expected") == OTHER
    assert forgotten_in("none of the expected") is None
    assert forgotten_in("forgot <>, result wrong") == ()

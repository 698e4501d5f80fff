from typing import Any

import pytest

from codex_lsp.execution.behaviour import behaviours, canonical
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.sandboxed_grader import SandboxedGrader


def test_programs_that_do_the_same_behave_the_same(grader: SandboxedGrader) -> None:
    inputs = (([3, 1],), ([],), (["b", "a", "a"],))
    one = behaviours(grader, "def f(xs): return sorted(set(xs))", "f", inputs)
    other = behaviours(grader, "def f(xs):\n    xs[:] = set(xs)\n    xs.sort()\n    return xs", "f", inputs)
    third = behaviours(grader, "def f(xs): return sorted(xs)", "f", inputs)
    assert one == other != third
    assert inputs == (([3, 1],), ([],), (["b", "a", "a"],))


def test_errors_and_ends_are_behaviour(grader: SandboxedGrader) -> None:
    inputs = ((2,), (0,), (1,))
    assert behaviours(grader, "def f(x): return 4 / x", "f", inputs) == ("2", "error: ZeroDivisionError", "4")
    assert behaviours(grader, "def f(x) return x", "f", inputs) == ("error: SyntaxError",) * 3
    ends = "import os\ndef f(x): return x or os._exit(0)"
    assert behaviours(grader, ends, "f", inputs) == ("2", "error: ended", "error: ended")
    hangs = "def f(x):\n    while not x: pass\n    return x"
    assert behaviours(grader, hangs, "f", inputs, Limits(wall_s=0.5)) == ("2", "error: timed out", "error: timed out")
    assert behaviours(grader, "f = lambda x: [0] * 10 ** 5", "f", ((1,),)) == ("error: ValueError",)
    assert behaviours(grader, "f = lambda x: 'x' * 10 ** 8", "f", ((1,),)) == ("error: refused",)


def test_a_program_that_does_not_read_is_ended_in_time(grader: SandboxedGrader) -> None:
    program = "import time\ndef f(x): time.sleep(60)"
    assert behaviours(grader, program, "f", (("x" * 9_000_000,),) * 2, Limits(wall_s=1.0)) == ("error: timed out",) * 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (1.0, 1),
        (complex(1, 0), 1),
        ([1.0, {2}], [1, frozenset({2.0})]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (10**30, (1e30).__int__() + (10**30 - int(1e30))),
    ],
)
def test_what_is_equal_is_written_alike(one: Any, other: Any) -> None:
    assert one == other
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [([1], (1,)), ("1", 1), ((1,), 1), (set[int](), dict[str, int]()), (b"a", "a"), (None, False), ("", [])],
)
def test_what_differs_is_written_differently(one: Any, other: Any) -> None:
    assert canonical(one) != canonical(other)


def test_what_holds_itself_or_is_too_long_has_no_text() -> None:
    loop: list[Any] = []
    loop.append(loop)
    rows: list[Any] = []
    for _ in range(60):
        rows = [rows, rows]
    for value in (loop, rows, "x" * 100_000):
        with pytest.raises(ValueError, match="value"):
            canonical(value)

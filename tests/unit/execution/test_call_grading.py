import pytest

from codex_lsp.execution.checks import CallCheck
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome, Verdict

_TEST = "def check(candidate):\n    assert candidate(3) == 4\n    assert candidate(-1) == 0\n"


def _grade(grader: SandboxedGrader, program: str, test: str = _TEST, helpers: str = "", **limits: float) -> Verdict:
    held = Limits(**({"wall_s": 60.0} | limits))  # type: ignore[arg-type]
    return grader.grade(CallCheck(program=program, entry_point="f", test=test, helpers=helpers, limits=held))


def test_right_and_wrong_programs(grader: SandboxedGrader) -> None:
    right = _grade(grader, "def f(x):\n    return x + 1\n")
    assert (right.outcome, right.detail) == (Outcome.PASSED, "")
    wrong = _grade(grader, "def f(x):\n    return x + 2\n")
    assert (wrong.outcome, wrong.detail) == (Outcome.FAILED, "assert candidate(3) == 4: got 5")


@pytest.mark.parametrize(
    ("program", "outcome", "detail"),
    [
        ("def f(x):\n    return", Outcome.FAILED, "got None"),
        ("def f(x) return 1", Outcome.ERROR, "SyntaxError"),
        ("def g(x): return 1", Outcome.ERROR, "NameError: the program defines no f"),
        ("f = 3", Outcome.ERROR, "TypeError: 'int' object is not callable"),
        ("1 / 0\ndef f(x): return x + 1", Outcome.ERROR, "ZeroDivisionError"),
        ("def f(x): raise KeyError('a')", Outcome.ERROR, "KeyError: 'a'"),
        ("class E(ValueError): pass\ndef f(x): raise E('b')", Outcome.ERROR, "E: b"),
        ("def f(x): return f(x)", Outcome.ERROR, "RecursionError"),
        ("def f(x): return input()", Outcome.ERROR, "EOFError"),
        ("def f(x): return [0] * 10 ** 10", Outcome.OUT_OF_MEMORY, "MemoryError"),
        ("def f(x): return 'x' * (1 << 25)", Outcome.REFUSED, "may not cross"),
        ("def f(x): return ...", Outcome.FAILED, "got <ellipsis>"),
        ("def f(x): return '\\ud800'", Outcome.FAILED, "got '\\ud800'"),
        ("def f(x): return 10 ** 10000", Outcome.FAILED, "too large to show"),
    ],
)
def test_what_a_program_may_come_to(grader: SandboxedGrader, program: str, outcome: Outcome, detail: str) -> None:
    verdict = _grade(grader, program)
    assert verdict.outcome is outcome
    assert detail in verdict.detail


def test_time_is_measured_from_outside(grader: SandboxedGrader) -> None:
    for program in ("def f(x):\n    while True: pass", "import time\ntime.sleep(99)\ndef f(x): return x + 1"):
        verdict = _grade(grader, program, wall_s=0.5)
        assert (verdict.outcome, verdict.detail) == (Outcome.TIMED_OUT, "no end within 0.5 s")
        assert 0.5 <= verdict.wall_s < 3
    burnt = _grade(grader, "def f(x):\n    while True: pass", wall_s=20, cpu_s=1)
    assert (burnt.outcome, burnt.detail) == (Outcome.TIMED_OUT, "its processor time is used up")


def test_limits_hold_for_each_check(grader: SandboxedGrader) -> None:
    program = "def f(x):\n    return len(bytearray(200 << 20)) * 0 + x + 1"
    assert _grade(grader, program, memory_bytes=128 * MIB).outcome is Outcome.OUT_OF_MEMORY
    assert _grade(grader, program).passed


def test_work_in_place_is_seen(grader: SandboxedGrader) -> None:
    test = """
def check(candidate):
    rows, seen, names = [[2, 1], [4, 3]], {1}, {"a": [1]}
    whole = [rows, seen, names]
    first = rows[0]
    assert candidate(*whole) is None
    assert first == [1, 2] and rows == [[1, 2], [3, 4], [5]] and first is rows[0]
    assert seen == {1, 9}
    assert names == {"b": [1, 1]}
"""
    program = """
def f(rows, seen, names):
    for row in rows: row.sort()
    rows.append([5])
    seen.add(9)
    names["b"] = names.pop("a") * 2
"""
    assert _grade(grader, program, test).detail == ""
    assert _grade(grader, "def f(rows, seen, names): pass", test).outcome is Outcome.FAILED


def test_an_argument_may_be_returned(grader: SandboxedGrader) -> None:
    test = "def check(candidate):\n    xs = [1]\n    assert candidate(xs) is xs\n"
    assert _grade(grader, "def f(xs): return xs", test).passed
    assert _grade(grader, "def f(xs): return list(xs)", test).outcome is Outcome.FAILED
    test = "def check(candidate):\n    xs = [2, 1]\n    assert candidate(xs) == [1, 2]\n    assert xs == [1, 2]\n"
    assert _grade(grader, "def f(xs):\n    xs.sort()\n    return xs", test).passed


def test_exceptions_cross_by_name(grader: SandboxedGrader) -> None:
    test = """
def check(candidate):
    try:
        candidate(1, key=2)
    except ValueError as error:
        assert str(error) == "no" and error.args == ("no",)
    else:
        assert False, "must raise"
"""
    assert _grade(grader, "class Mine(ValueError): pass\ndef f(x, key): raise Mine('no')", test).passed
    assert _grade(grader, "def f(x, key): raise TypeError('no')", test).outcome is Outcome.ERROR
    assert _grade(grader, "def f(x, key): return 1", test).detail == "assert False (must raise): f(1, key=2) gave 1"


def test_helpers_and_the_functions_own_name_are_there(grader: SandboxedGrader) -> None:
    test = "def check(candidate):\n    assert candidate(twice(2)) == f(4) == 5\n"
    assert _grade(grader, "def f(x): return x + 1", test, helpers="def twice(x):\n    return 2 * x\n").passed


def test_a_test_may_use_numpy(grader: SandboxedGrader) -> None:
    test = "import numpy as np\ndef check(candidate):\n    assert np.allclose(candidate(3), [4.0])\n"
    assert _grade(grader, "import numpy\ndef f(x): return [numpy.float64(x + 1)]", test).passed
    assert _grade(grader, "def f(x): return [x]", test).outcome is Outcome.FAILED


@pytest.mark.parametrize("test", ["def check(candidate) pass", "import no_such_module", "x = 1", "raise SystemExit"])
def test_a_test_that_does_not_run_is_refused(grader: SandboxedGrader, test: str) -> None:
    assert _grade(grader, "def f(x): return 1", test).outcome is Outcome.REFUSED


def test_a_checker_that_ends_is_no_pass_and_harms_no_other(grader: SandboxedGrader) -> None:
    ends = "import os, signal\ndef check(candidate):\n    os.kill(%s, signal.SIGKILL)\n"
    assert _grade(grader, "def f(x): return 1", ends % "os.getpid()").outcome is Outcome.REFUSED
    _grade(grader, "def f(x): return 1", ends % "os.getppid()")  # takes the server away from all others
    assert _grade(grader, "def f(x): return x + 1").passed


def test_the_failed_assertion_shows_its_values(grader: SandboxedGrader) -> None:
    test = """
def same(out, exp):
    assert out == exp
def check(candidate):
    want = [1, 2]
    for given in (1, 2):
        same(candidate(given), want)
"""
    verdict = _grade(grader, "def f(x): return [x, 2]", test)
    assert verdict.detail == "assert out == exp: f(2) gave [2, 2], out = [2, 2], exp = [1, 2]"


@pytest.mark.parametrize(
    ("raised", "detail"),
    [
        ("ValueError(10 ** 5000)", "ValueError: <int that is too large to show>"),
        ("OSError(10 ** 5000, 'x')", "OSError: <int that is too large to show>, 'x'"),
        ("ExceptionGroup('x', [ValueError(1)])", "ExceptionGroup: 'x', [<ValueError>]"),
        ("ValueError('a\\x1b[31m\\nb')", "ValueError: a\\x1b[31m b"),
        ("ValueError(['x'])", "ValueError: ['x']"),
    ],
)
def test_what_an_exception_says_is_one_printable_line(grader: SandboxedGrader, raised: str, detail: str) -> None:
    verdict = _grade(grader, f"def f(x): raise {raised}")
    assert (verdict.outcome, verdict.detail) == (Outcome.ERROR, detail)


def test_an_exception_that_would_fill_the_world_is_shown_short(grader: SandboxedGrader) -> None:
    verdict = _grade(grader, "def f(x):\n    for _ in range(150): x = [x, x]\n    raise ValueError(x)")
    assert verdict.outcome is Outcome.ERROR
    assert verdict.detail.startswith("ValueError: [[[")

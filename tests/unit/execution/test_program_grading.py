"""Program grading in the real sandbox: each verdict with its line of detail."""

import sys

import pytest

from codex_lsp.execution.checks import ProgramCheck
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.program_grading import grade_program
from codex_lsp.execution.pytest_grading import PytestCheck, PytestOutcome, grade_pytest, reported
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.verdict import Outcome

LONG = Limits(wall_s=60.0, memory_bytes=256 * MIB)


@pytest.mark.parametrize(
    ("source", "outcome", "detail"),
    [
        ("print(int(input()) + 1)", Outcome.PASSED, ""),
        ("print(int(input()) + 1, end='   \\n\\n')", Outcome.PASSED, ""),
        ("print(int(input()) + 2)", Outcome.FAILED, "line 1 of the output: '6' instead of '5'"),
        ("print(5); print(6)", Outcome.FAILED, "2 lines of output instead of 1"),
        ("pass", Outcome.FAILED, "0 lines of output instead of 1"),
        ("assert 1 == 2, 'one is not two'", Outcome.FAILED, "AssertionError: one is not two"),
        ("print(5); 1 / 0", Outcome.ERROR, "ZeroDivisionError: division by zero"),
        ("print(5", Outcome.ERROR, "SyntaxError: '(' was never closed"),
        ("import sys; print(5); sys.exit(7)", Outcome.ERROR, "exit code 7"),
        ("import os; os.kill(os.getpid(), 11)", Outcome.ERROR, "ended by SIGSEGV"),
        ("bytearray(1 << 30)", Outcome.OUT_OF_MEMORY, "more than 256 MiB"),
    ],
)
def test_verdicts_by_exit_and_output(sandbox: Sandbox, source: str, outcome: Outcome, detail: str) -> None:
    files = {"main.py": source.encode()}
    check = ProgramCheck(command=("python", "main.py"), files=files, stdin=b"4\n", stdout="5\n", limits=LONG)
    verdict = grade_program(sandbox, check)
    assert (verdict.outcome, verdict.detail) == (outcome, detail)
    assert verdict.wall_s > 0


def test_a_command_of_the_system_by_its_exit_alone(sandbox: Sandbox) -> None:
    assert grade_program(sandbox, ProgramCheck(command=("sh", "-c", "echo hello"), limits=LONG)).passed
    verdict = grade_program(sandbox, ProgramCheck(command=("sh", "-c", "echo wrong >&2; exit 1"), limits=LONG))
    assert (verdict.outcome, verdict.detail) == (Outcome.ERROR, "wrong")


def test_time_runs_out(sandbox: Sandbox) -> None:
    check = ProgramCheck(command=(sys.executable, "-c", "while True: pass"), limits=Limits(wall_s=0.3))
    verdict = grade_program(sandbox, check)
    assert (verdict.outcome, verdict.detail) == (Outcome.TIMED_OUT, "more than 0.3 s")


def test_processor_time_runs_out(sandbox: Sandbox) -> None:
    source = "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)"  # as the kernel does after that time
    limits = Limits(wall_s=60.0, cpu_s=1.0)
    verdict = grade_program(sandbox, ProgramCheck(command=(sys.executable, "-c", source), limits=limits))
    assert (verdict.outcome, verdict.detail) == (Outcome.TIMED_OUT, "more than 1 s of processor time")


def test_a_file_out_of_place_is_refused(sandbox: Sandbox) -> None:
    verdict = grade_program(sandbox, ProgramCheck(command=("true",), files={"../x": b""}))
    assert verdict.outcome is Outcome.REFUSED


TESTS = b"""
import pytest
from mine import double

@pytest.mark.parametrize("n", [1, 2])
def test_double(n):
    assert double(n) == 2

def test_raises():
    double(None)

@pytest.mark.skip(reason="later")
def test_skipped(): ...

def test_fixture(missing): ...
"""


def test_pytest_tells_each_test(sandbox: Sandbox) -> None:
    files = {"mine.py": b"def double(x):\n    return x * 2\n", "test_mine.py": TESTS}
    result = grade_pytest(sandbox, PytestCheck(files=files))
    told = [(test.name.partition("::")[2], test.outcome) for test in result.tests]
    assert told == [
        ("test_double[1]", "passed"),
        ("test_double[2]", "failed"),
        ("test_raises", "failed"),
        ("test_skipped", "skipped"),
        ("test_fixture", "error"),
    ]
    assert result.tests[1].detail == "assert 4 == 2 + where 4 = double(2)"
    assert result.verdict.outcome is Outcome.FAILED
    assert result.verdict.detail == f"test_mine.py::test_double[2]: {result.tests[1].detail}"


@pytest.mark.parametrize(
    ("source", "outcome", "detail"),
    [
        (b"def test_one(): pass", Outcome.PASSED, ""),
        (b"import nothing_of_this_name", Outcome.ERROR, "No module named 'nothing_of_this_name'"),
        (b"", Outcome.ERROR, "exit code 5"),
        (b"import os; os._exit(0)", Outcome.ERROR, "reported no passed test"),
    ],
)
def test_verdicts_of_pytest(sandbox: Sandbox, source: bytes, outcome: Outcome, detail: str) -> None:
    verdict = grade_pytest(sandbox, PytestCheck(files={"test_it.py": source})).verdict
    assert verdict.outcome is outcome
    assert detail in verdict.detail


def test_reports_that_are_not_of_our_form_are_left_out() -> None:
    good = b'{"name": "a", "outcome": "passed", "detail": ""}'
    odd = [b"[]", b"{", b'{"name": 1, "outcome": "passed", "detail": ""}', b"\xff", b'{"name": "a"}', b"[" * 9999]
    assert reported(b"\n".join([good, *odd, good[:-3]])) == (PytestOutcome(name="a", outcome="passed", detail=""),)

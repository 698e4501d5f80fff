"""Program grading: a command is run in the sandbox and judged from outside, by its exit code and by what it printed.

What a determined program can forge: everything that is judged is its own doing. A program that knows the expected
output prints it; one that runs in one process with its tests (a pytest file that imports it) may end that process with
exit code 0, patch the tests, or write what it likes to the channel for reports. So this is for programs whose input
does not hold the answer, and for tests of code that somebody looks at; candidates of a benchmark's functions are graded
by call (`call_grading`), where the checker is out of their reach. What it cannot forge: that it ended in time, within
its memory, and that nothing outside the sandbox was touched.
"""

import signal

from codex_lsp.execution.checks import ProgramCheck
from codex_lsp.execution.interpreter import interpreter_paths, python_environment
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import Job, Sandbox
from codex_lsp.execution.verdict import Outcome, Verdict

_DETAIL_LENGTH = 500
_OUT_OF_MEMORY = ("MemoryError", "std::bad_alloc", "OutOfMemoryError", "out of memory", "Cannot allocate memory")
_ASSERTION = "AssertionError"


def grade_program(sandbox: Sandbox, check: ProgramCheck) -> Verdict:
    """Run it once; never raises for what the program does.

    Raises:
        SandboxUnavailable: The sandbox could not be made; nothing was run.
    """
    python = bool(check.command) and check.command[0].rpartition("/")[2].startswith("python")
    job = Job(
        command=check.command,
        limits=check.limits,
        files=check.files,
        readable=(*check.readable, *interpreter_paths()) if python else check.readable,
        masked=check.masked,
        environment=python_environment() if python else {},
    )
    try:
        ended = run(sandbox, job, stdin=check.stdin)
    except ValueError as error:
        return Verdict(outcome=Outcome.REFUSED, detail=str(error))
    outcome, detail = judged(ended, check.limits, check.stdout)
    return Verdict(outcome=outcome, detail=detail[:_DETAIL_LENGTH], wall_s=ended.wall_s)


def judged(ended: Run, limits: Limits, expected: str | None) -> tuple[Outcome, str]:
    """The outcome of a run and its one line of detail.

    Args:
        ended: The run.
        limits: It had.
        expected: What it must have printed, by lines without trailing blanks; None where the exit code alone decides.
    """
    exhausted = _exhausted(ended, limits)
    if exhausted is not None:
        return exhausted
    if ended.exit.failure:
        return Outcome.REFUSED, ended.exit.failure
    if ended.exit.signal is not None:
        return Outcome.ERROR, f"ended by {_signal_name(ended.exit.signal)}"
    if ended.exit.code:
        return _complained(ended.exit.code, _last_line(ended.stderr))
    if expected is None:
        return Outcome.PASSED, ""
    return _compared(_lines(ended.stdout.decode(errors="replace")), _lines(expected))


def _exhausted(ended: Run, limits: Limits) -> tuple[Outcome, str] | None:
    if ended.timed_out:
        return Outcome.TIMED_OUT, f"more than {limits.wall_s:g} s"
    if ended.exit.signal == signal.SIGXCPU:
        return Outcome.TIMED_OUT, f"more than {limits.cpu_s:g} s of processor time"
    if ended.exit.memory_exceeded or (ended.exit.code and _names_memory(ended.stderr)):
        return Outcome.OUT_OF_MEMORY, f"more than {limits.memory_bytes // MIB} MiB"
    return None


def _names_memory(stderr: bytes) -> bool:
    return any(word in _last_line(stderr) for word in _OUT_OF_MEMORY)


def _complained(code: int, line: str) -> tuple[Outcome, str]:
    """A failed assertion is a check that did not hold; every other complaint is an error."""
    if line.startswith(_ASSERTION):
        return Outcome.FAILED, line
    return Outcome.ERROR, line or f"exit code {code}"


def _compared(printed: list[str], expected: list[str]) -> tuple[Outcome, str]:
    if printed == expected:
        return Outcome.PASSED, ""
    for number, (got, wanted) in enumerate(zip(printed, expected, strict=False), start=1):
        if got != wanted:
            return Outcome.FAILED, f"line {number} of the output: {got!r} instead of {wanted!r}"
    return Outcome.FAILED, f"{len(printed)} lines of output instead of {len(expected)}"


def _lines(text: str) -> list[str]:
    """Lines without trailing blanks, and without empty ones at the end."""
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

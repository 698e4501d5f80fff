"""One test against one candidate: from the check's source to the verdict's two words."""

import ast
import reprlib
from collections.abc import Iterator
from types import FrameType, FunctionType, ModuleType, TracebackType
from typing import Any

from codex_lsp.execution.checked_source import FILENAME, SETTLE, CheckedSource
from codex_lsp.execution.proxy import CandidateProxy

Result = tuple[str, str]
"""A verdict's outcome (or `proxy.ENDED`) and its detail."""

_MOST_DETAIL = 400
_MOST_ASSERTION = 160
_MOST_BITS = 1024


class UnusableTest(Exception):
    """The check itself does not run; nothing was asked of the candidate."""


def prepared(test: CheckedSource, candidate: CandidateProxy) -> Any:
    """Run a test's definitions and give its `check`.

    Raises:
        UnusableTest: They raise, or define none.
    """
    # Some tests of HumanEval call the function by its own name.
    namespace: dict[str, Any] = {"__name__": "check", SETTLE: candidate.settle, candidate.__name__: candidate}
    try:
        exec(test.code, namespace)  # noqa: S102 - the benchmark's own source, in a sandbox
        return namespace["check"]
    except BaseException as error:
        raise UnusableTest(f"the test does not run: {_named(error)}") from error


def judged(check: Any, program: str, candidate: CandidateProxy, asserts: dict[int, ast.Assert]) -> Result:
    """Load the program and hold it against a test."""
    error: BaseException | None = None
    try:
        candidate.load(program)
        check(candidate)
    except BaseException as caught:  # noqa: BLE001 - whatever ends a test is its verdict
        error = caught
    # A test that catches everything must not hide that its candidate is gone.
    if candidate.fault:
        return candidate.fault.outcome, one_line(candidate.fault.detail)
    if error is None:
        return "passed", ""
    for raised, shown in candidate.raised:
        if raised is error:
            outcome = "out of memory" if isinstance(error, MemoryError) else "error"
            message = _message(error)
            return outcome, one_line(f"{shown}: {message}" if message else shown)
    return "failed", one_line(_failure(error, candidate, asserts))


def one_line(text: str) -> str:
    """Text of any kind as one printable line of bounded length."""
    # Twice as much as is kept: blanks fall away, and the rest of a long text is not looked at.
    words = " ".join(text[: 2 * _MOST_DETAIL].split())
    line = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in words)
    return line if len(line) <= _MOST_DETAIL else line[: _MOST_DETAIL - 1] + "…"


def _failure(error: BaseException, candidate: CandidateProxy, asserts: dict[int, ast.Assert]) -> str:
    """What did not hold, with the values at hand."""
    frame, line = _innermost(error.__traceback__)
    assertion = asserts.get(line)
    if not isinstance(error, AssertionError) or frame is None or assertion is None:
        return _named(error)
    source = ast.unparse(assertion.test)
    text = f"assert {source if len(source) <= _MOST_ASSERTION else source[:_MOST_ASSERTION] + '…'}"
    message = f" ({_message(error)})" if _message(error) else ""
    values = ", ".join(_values(assertion, frame, candidate))
    return f"{text}{message}: {values}" if values else text + message


def _values(assertion: ast.Assert, frame: FrameType, candidate: CandidateProxy) -> Iterator[str]:
    """The candidate's last answer, and the plain names in an assertion or given to the function it stands in."""
    names = dict.fromkeys(node.id for node in ast.walk(assertion.test) if isinstance(node, ast.Name))
    scope = frame.f_globals | frame.f_locals
    if candidate.last is not None:
        args, kwargs, value = candidate.last
        if any(scope.get(name) is candidate for name in names):
            yield f"got {_shown(value)}"
        else:
            given = [*map(_shown, args), *(f"{name}={_shown(arg)}" for name, arg in kwargs.items())]
            yield f"{candidate.__name__}({', '.join(given)}) gave {_shown(value)}"
    code = frame.f_code
    for name in dict.fromkeys((*names, *code.co_varnames[: code.co_argcount])):
        if name in scope and not isinstance(scope[name], CandidateProxy | FunctionType | ModuleType | type):
            yield f"{name} = {_shown(scope[name])}"


def _innermost(trace: TracebackType | None) -> tuple[FrameType | None, int]:
    """The last frame of the test itself, and the line it was at."""
    found: tuple[FrameType | None, int] = (None, 0)
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            found = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    return found


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {_message(error)}"


def _message(error: BaseException) -> str:
    """What an exception says; from its arguments, shortened, where they are a candidate's containers or huge numbers.

    These would be written out in full, which may take hours, or cannot be.
    """
    if all(isinstance(arg, str | bytes | float | None) or _is_short(arg) for arg in error.args):
        try:
            return str(error)
        except Exception:  # noqa: BLE001 - a message that cannot be made is no message
            return ""
    return ", ".join(map(_shown, error.args))


def _is_short(value: object) -> bool:
    return isinstance(value, int) and value.bit_length() <= _MOST_BITS


def _shown(value: Any) -> str:
    """A value, short; whatever its size and however often it holds itself."""
    short = reprlib.Repr()
    short.maxlist = short.maxtuple = short.maxdict = short.maxset = short.maxfrozenset = 8
    short.maxlevel, short.maxstring, short.maxother = 3, 60, 60
    try:
        return short.repr(value)
    except ValueError:  # an integer of more digits than may be printed
        return f"<{type(value).__name__} that is too large to show>"

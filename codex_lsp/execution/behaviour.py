"""What a candidate does with given inputs: one line of text for each, equal where a test by `==` sees no difference.

There is no right answer here and no checker: the candidate is asked from this process, by the same messages, and its
values are read by the same decoder. So samples can be gathered by what they do, without looking at a test.
"""

import copy
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from codex_lsp.execution.limits import Limits
from codex_lsp.execution.proxy import CandidateFault, CandidateProxy
from codex_lsp.execution.workers import Worker

MOST_TEXT = 1 << 16
"""Characters of one answer's text; a longer one is an error."""


class Lender(Protocol):
    """Who has workers ready: `SandboxedGrader`."""

    def worker(self, limits: Limits) -> AbstractContextManager[Worker]:
        """A worker that nobody has used, to be used by one candidate."""
        ...


def behaviours(
    grader: Lender, program: str, entry_point: str, inputs: Sequence[tuple[Any, ...]], limits: Limits | None = None
) -> tuple[str, ...]:
    """What `entry_point` returns on each of the inputs, in one process and in their order.

    Args:
        grader: Lends a worker.
        program: The candidate, whole.
        entry_point: Of the function.
        inputs: Positional arguments of plain values; they stay as they are.
        limits: Of the program and all calls together; `wall_s` counts from the program's start.

    Returns:
        For each input the canonical text of the value, or `error: ` and the name of the exception; after the end of the
        candidate or of its time, what ended it.

    Raises:
        SandboxUnavailable: The sandbox could not be started.
    """
    limits = limits or Limits()
    with grader.worker(limits) as worker:
        candidate = CandidateProxy(worker.channel, entry_point, deadline=time.monotonic() + limits.wall_s)
        try:
            candidate.load(program)
        except (CandidateFault, Exception) as error:  # noqa: BLE001 - whatever a candidate raises is its behaviour
            return (_error(error),) * len(inputs)
        return tuple(_behaviour(candidate, arguments) for arguments in inputs)


def canonical(value: object) -> str:
    """Text of a value that crossed: sets and dictionaries in one order, and equal numbers alike, whatever their kinds.

    Raises:
        ValueError: It is longer than `MOST_TEXT`, or holds itself.
    """
    writer = _Writer()
    try:
        return writer.text(value)
    except RecursionError:
        raise ValueError("a value that holds itself") from None


def _behaviour(candidate: CandidateProxy, arguments: tuple[Any, ...]) -> str:
    try:
        return canonical(candidate(*copy.deepcopy(arguments)))
    except (CandidateFault, Exception) as error:  # noqa: BLE001 - as above
        return _error(error)


def _error(error: BaseException) -> str:
    if isinstance(error, CandidateFault):
        return f"error: {error.outcome}"
    return f"error: {type(error).__name__}"


class _Writer:
    """Writes one value, and counts what is written of it."""

    def __init__(self) -> None:
        self._left = MOST_TEXT

    def text(self, value: Any) -> str:
        written = self._text(value)
        self._left -= len(written)
        if self._left < 0:
            raise ValueError("a value too long to write")
        return written

    def _text(self, value: Any) -> str:
        match value:
            case bool() | int() | float() | complex():
                return _number(value)
            case list():
                return f"[{self._joined(value)}]"
            case tuple():
                return f"({self._joined(value)},)"
            case set() | frozenset():
                return "{" + ", ".join(sorted(self.text(item) for item in value)) + "}"
            case dict():
                items = sorted(f"{self.text(key)}: {self.text(item)}" for key, item in value.items())
                return "{:" + ", ".join(items) + "}"
            case _:
                return repr(value)

    def _joined(self, items: Sequence[Any]) -> str:
        return ", ".join(self.text(item) for item in items)


def _number(value: complex) -> str:
    """The simplest kind's text: `True`, `1`, `1.0` and `1+0j` are equal."""
    if isinstance(value, complex) and value.imag == 0:
        value = value.real
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{int(value):x}" if isinstance(value, int) else repr(value)

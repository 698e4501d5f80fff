"""What running a case came to: a test to be written, a possible bug, or nothing that can be held on to."""

from collections.abc import Hashable
from dataclasses import dataclass

from codex_lsp.assist.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTest:
    """One behaviour of the function, as it was seen.

    Attributes:
        case: The call, and who thought of it.
        value: What it gave, as an expression; None where it raised.
        imports: Lines that the value needs, such as `from decimal import Decimal`.
        exception: The name of what it raised.
        is_expectation: Its author said so; else it is what the function does today, whatever it should do.
        reached: Branches taken and mutants killed.
    """

    case: Case
    value: str | None = None
    imports: tuple[str, ...] = ()
    exception: str | None = None
    is_expectation: bool = False
    reached: frozenset[Hashable] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleBug:
    """An author's example that does not hold.

    Attributes:
        case: The example.
        detail: One line with both values.
    """

    case: Case
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A call that no test is made of, and why."""

    case: Case
    reason: str

"""A case: one call of a function, where it comes from, and what its author says it should come to."""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Who thought of a call; the earlier ones are preferred where one case is enough."""

    EXAMPLE = "docstring example"
    CALLER = "call in the project"
    MODEL = "case of the model"
    DERIVED = "derived input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How to see what a call changes, where it returns nothing.

    Attributes:
        observed: One expression that makes the call and gives what was changed.
        steps: The same for a test: statements, one line each.
        seen: And the expression that then has the value.
        before: What it had without the call; None where that is not known.
    """

    observed: str
    steps: tuple[str, ...]
    seen: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call.

    Attributes:
        call: A Python expression in the names of the function's module, for example `add(1, [2])`.
        origin: Who thought of it.
        expected: What the call should give, as the source of a literal; None where nobody says.
        raises: Name of the exception that it should raise; None where nobody says.
        loose: The expectation stands in prose, in a notation that need not be Python's.
        effect: What is looked at instead of the value; None for the value.
    """

    call: str
    origin: Origin
    expected: str | None = None
    raises: str | None = None
    loose: bool = False
    effect: Effect | None = None

    @property
    def observed(self) -> str:
        """The expression to be run."""
        return self.call if self.effect is None else self.effect.observed

    @property
    def is_expectation(self) -> bool:
        """Whether somebody says what it should come to."""
        return self.expected is not None or self.raises is not None

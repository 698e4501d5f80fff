"""What running a candidate came to."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a run ended; the values are what result files say."""

    PASSED = "passed"
    FAILED = "failed"
    """A check did not hold."""
    ERROR = "error"
    """The candidate raised, does not compile, or ended before it was asked everything."""
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    REFUSED = "refused"
    """Nothing was run, or what came back is not of the kind that may cross."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of one candidate.

    Attributes:
        outcome: As said.
        detail: One line: the assertion that failed with its values, the exception, the limit; empty where it passed.
        wall_s: Seconds from the candidate's start to its end; the start of a worker is not counted.
    """

    outcome: Outcome
    detail: str = ""
    wall_s: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every check held."""
        return self.outcome is Outcome.PASSED

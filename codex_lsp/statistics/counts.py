"""What is counted, and for whom: the vocabulary between those who observe and those who keep."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """A figure that is added up; buckets of latency are named by `latency.bucket_name`."""

    SHOWN = "shown"
    SHOWN_CHARACTERS = "shown_characters"
    ACCEPTED = "accepted"
    ACCEPTED_CHARACTERS = "accepted_characters"
    PARTLY_ACCEPTED = "partly_accepted"
    PARTLY_ACCEPTED_CHARACTERS = "partly_accepted_characters"


class Age(StrEnum):
    """How long after it was accepted a text is looked at again."""

    HALF_A_MINUTE = "30s"
    FIVE_MINUTES = "5min"

    @property
    def seconds(self) -> float:
        """The same as a number."""
        return {Age.HALF_A_MINUTE: 30.0, Age.FIVE_MINUTES: 300.0}[self]

    @property
    def texts(self) -> str:
        """The measure: accepted texts that were looked at."""
        return f"looked_at_{self}"

    @property
    def whole(self) -> str:
        """The measure: those of them that stood unchanged."""
        return f"whole_{self}"

    @property
    def characters(self) -> str:
        """The measure: characters of the texts that were looked at."""
        return f"looked_at_{self}_characters"

    @property
    def kept(self) -> str:
        """The measure: how many of these characters still stood there."""
        return f"kept_{self}_characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What a count belongs to.

    Attributes:
        day: On which the suggestion was first shown, as `2026-11-21`, by the local clock.
        language: LSP language identifier.
        model: Name it serves under, with its adapter's after an `@`.
        tier: Where the answer came from, as `completion.tier` names it.
    """

    day: str
    language: str
    model: str
    tier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure as it is kept."""

    group: Group
    measure: str
    value: int


Count = Callable[[Group, str, int], None]
"""Adds to a figure; returns at once and never fails."""

"""What the first tokens of a row must spell: the characters that a person has typed of them already."""

from collections.abc import Sequence
from typing import Protocol, Self


class Constraint(Protocol):
    """A state of what is still to be spelled; never changed, so that rows can share it."""

    def ids(self) -> Sequence[int]:
        """Ids of the tokens that may come next; at least one."""
        ...

    def take(self, id_: int) -> tuple[Self | None, int]:
        """Choose one of them.

        Returns:
            What must still be spelled after it, or None for nothing, and how many of the token's first bytes only
            spell again what is typed: they are no part of the row's text.
        """
        ...

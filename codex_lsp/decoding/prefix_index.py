"""Which tokens begin with some bytes, and which some bytes begin with.

A vocabulary sorted by its bytes is a trie without nodes: the tokens below a node are neighbours, found by two binary
searches, and nothing is kept beside the order.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence


class PrefixIndex:
    """The tokens of one vocabulary that are text, by their bytes. Never changed once built, so threads may share it."""

    def __init__(self, pieces: Sequence[bytes | None]) -> None:
        """Sort a vocabulary.

        Args:
            pieces: The bytes of each token id; None, or no byte, where it is no text.
        """
        self._pieces = pieces
        self._ids = array("q", sorted((id_ for id_, piece in enumerate(pieces) if piece), key=self._bytes))
        self._longest = max((len(self._bytes(id_)) for id_ in self._ids), default=0)

    def starting_with(self, text: bytes) -> Sequence[int]:
        """Ids (int64) of the tokens that begin with `text`, or are it; every token begins with no byte."""
        return self._ids[self._begin(text) : self._end(text)]

    def starts_of(self, text: bytes) -> list[int]:
        """Ids of the tokens that `text` begins with and goes on after."""
        found: list[int] = []
        for size in range(1, min(len(text), self._longest + 1)):
            place = self._begin(text[:size])
            if place == len(self._ids) or not self._bytes(self._ids[place]).startswith(text[:size]):
                break  # none is longer and still fits
            while place < len(self._ids) and self._bytes(self._ids[place]) == text[:size]:
                found.append(self._ids[place])
                place += 1
        return found

    def piece(self, id_: int) -> bytes | None:
        """The bytes of a token, or None where it is no text."""
        return self._pieces[id_] or None

    def _begin(self, text: bytes) -> int:
        return bisect_left(self._ids, text, key=self._bytes)

    def _end(self, text: bytes) -> int:
        # The bytes just above all that begin with `text`: its last byte that can grow does.
        stem = text.rstrip(b"\xff")
        return self._begin(stem[:-1] + bytes([stem[-1] + 1])) if stem else len(self._ids)

    def _bytes(self, id_: int) -> bytes:
        return self._pieces[id_] or b""

"""Runs of the same sixty tokens in two heaps of text, whatever blanks stand between the tokens.

A token is a run of word characters, or one other character that is not blank. Windows that hold fewer than ten
different words are left out: rows of numbers and of punctuation repeat without being copied.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WINDOW = 60
LEAST_WORDS = 10
_TOKEN = re.compile(r"\w+|[^\w\s]")
_NAME = re.compile(r"[^\W\d]\w*")
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_BLOCK = 1 << 20

Hashes = NDArray[np.uint64]


def distinct_words(text: str) -> int:
    """How many different words a text holds."""
    return len({token for token in _TOKEN.findall(text) if _NAME.fullmatch(token)})


class TokenWindows:
    """The windows of some texts, to be looked for in others."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Remember the windows of each text."""
        tokens = [_TOKEN.findall(text) for text in texts]
        hashes = [_telling(some, _hashes(some)) for some in tokens]
        owners = [np.full(len(some), owner, np.int64) for owner, some in enumerate(hashes)]
        every = np.concatenate([*hashes, np.empty(0, np.uint64)])
        order = np.argsort(every, kind="stable")
        self._hashes: Hashes = every[order]
        self._owners = np.concatenate([*owners, np.empty(0, np.int64)])[order]
        self.windows = len(every)

    def found_in(self, others: Iterable[tuple[str, str]]) -> dict[int, str]:
        """Which of the texts, by number, have a window in one of the others, and the name of the first such one.

        Args:
            others: Names and texts, read one at a time.
        """
        found: dict[int, str] = {}
        for name, text in others:
            for hashes in _in_blocks(text):
                for owner in self._owners_of(hashes):
                    found.setdefault(int(owner), name)
        return found

    def _owners_of(self, hashes: Hashes) -> NDArray[np.int64]:
        """Whose windows are among these hashes."""
        if not self.windows or not len(hashes):
            return np.empty(0, np.int64)
        at = np.minimum(np.searchsorted(self._hashes, hashes), self.windows - 1)
        seen = np.unique(hashes[self._hashes[at] == hashes])
        first = np.searchsorted(self._hashes, seen, side="left")
        end = np.searchsorted(self._hashes, seen, side="right")
        spans = [self._owners[one:other] for one, other in zip(first, end, strict=True)]
        return np.unique(np.concatenate([*spans, np.empty(0, np.int64)]))


def _in_blocks(text: str) -> Iterator[Hashes]:
    """The hashes of a text's windows; a long text in parts, so that memory does not grow with it."""
    tokens = _TOKEN.findall(text)
    for start in range(0, max(len(tokens) - WINDOW + 1, 0), _BLOCK):
        yield _hashes(tokens[start : start + _BLOCK + WINDOW - 1])


def _hashes(tokens: Sequence[str]) -> Hashes:
    """The hash of each window: differences of one running sum, in arithmetic modulo 2 ** 64."""
    if len(tokens) < WINDOW:
        return np.empty(0, np.uint64)
    values = np.fromiter(map(_value, tokens), np.uint64, len(tokens))
    powers, inverses = _powers(len(tokens), _BASE), _powers(len(tokens), _INVERSE)
    sums = np.zeros(len(tokens) + 1, np.uint64)
    np.cumsum(values * inverses, out=sums[1:])
    return (sums[WINDOW:] - sums[:-WINDOW]) * powers[WINDOW - 1 :]


def _value(token: str) -> int:
    # Two sums, so that two tokens that differ hardly ever agree in both.
    data = token.encode("utf-8", "surrogatepass")
    return crc32(data) << 32 | crc32(data, 0x9E3779B9)


def _powers(count: int, base: int) -> Hashes:
    return np.cumprod(np.concatenate(([np.uint64(1)], np.full(count - 1, base, np.uint64))), dtype=np.uint64)


def _telling(tokens: Sequence[str], hashes: Hashes) -> Hashes:
    """Those windows that hold enough different words, each once."""
    kept = [
        at
        for at in range(len(hashes))
        if len({token for token in tokens[at : at + WINDOW] if _NAME.fullmatch(token)}) >= LEAST_WORDS
    ]
    return np.unique(hashes[np.array(kept, np.int64)])

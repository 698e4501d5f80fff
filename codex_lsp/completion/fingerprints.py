"""Sampled fingerprints of the texts that a model learned from, and whether a text repeats 600 characters of them.

Every stretch of `GRAM` characters has a hash; of every `WINDOW` stretches that follow each other the lowest hash is
sampled (winnowing: Schleimer, Wilkerson and Aiken, 2003). What is sampled depends on the text in the window alone, so a
verbatim run of `RUN` characters samples the same hashes wherever it stands: at least three of them, and all are known.
The other way round, a run is told only where every window inside 600 characters samples a known hash.

A file of fingerprints is a line of JSON (`kind`, the three lengths, `packages` with name and licence), then for each
value of a hash's first 16 bits where its entries begin, and where the last ones end (32 bits, lowest byte first), then
the entries in order: the next 16 bits of the hash, highest byte first, and the index of the package in one byte, or in
two where there are more than 256. Line ends in texts are single line feeds.
"""

import json
import mmap
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from codex_lsp.errors import ModelDamaged

KIND = "fingerprints"
RUN = 600
GRAM = 48
WINDOW = 184
"""Three windows that share no hash, `3 * WINDOW + GRAM - 1` characters, fit in a run."""
BASE = 0x9E3779B97F4A7C15
"""Of the polynomial over code points; odd, so that it has an inverse."""
MIXERS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))
"""Shifts and factors that spread a hash over 64 bits (SplitMix64)."""
PREFIX_BITS = 16
REST_BITS = 16
BUCKETS = 1 << PREFIX_BITS
START_BYTES = 4
_REST_BYTES = REST_BITS // 8
_MASK = (1 << 64) - 1
_FIRST_POWER = pow(BASE, GRAM, 1 << 64)
# Windows of a run that end one after another.
_WINDOWS = RUN - (WINDOW + GRAM - 1) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A package that a text was learned from, and its licence as it names it."""

    package: str
    licence: str


def package_bytes(packages: int) -> int:
    """Bytes of an entry that hold the package's index."""
    return 1 if packages <= 1 << 8 else 2


class Fingerprints:
    """A file of fingerprints; read from the disk where it is looked into, at first use."""

    def __init__(self, path: Path) -> None:
        """Name a file; nothing is read yet."""
        self._path = path
        self._opened: _Table | None = None

    def recited(self, before: str, text: str) -> Source | None:
        """The package of which `before + text` repeats `RUN` characters or more that end inside `text`, or None.

        Raises:
            ModelDamaged: The file is missing or not one of fingerprints.
        """
        if self._opened is None:
            self._opened = _table(self._path)
        table = self._opened
        before = before[-(RUN - 1) :]
        if not text or len(before) + len(text) < RUN:
            return None
        hashes = (*_hashes_of_last(before), *gram_hashes(before[-(GRAM - 1) :] + text))
        length, run, source = WINDOW + GRAM - 1, 0, None
        known: dict[int, Source | None] = {}
        for end, lowest in enumerate(lowest_hashes(hashes), start=length):
            if lowest not in known:
                known[lowest] = table.find(spread(lowest))
            source = known[lowest]
            run = 0 if source is None else run + 1
            if run >= _WINDOWS and end > len(before):
                return source
        return None


def gram_hashes(text: str) -> Iterator[int]:
    """The hash of each `GRAM` characters of a text, spread over 64 bits."""
    hash_ = 0
    for at, character in enumerate(text):
        hash_ = hash_ * BASE + ord(character)
        if at >= GRAM:
            hash_ -= ord(text[at - GRAM]) * _FIRST_POWER
        hash_ &= _MASK
        if at >= GRAM - 1:
            yield spread(hash_)


def lowest_hashes(hashes: tuple[int, ...]) -> Iterator[int]:
    """The lowest of each `WINDOW` hashes that follow each other."""
    rising: deque[int] = deque()
    for at, hash_ in enumerate(hashes):
        while rising and hashes[rising[-1]] >= hash_:
            rising.pop()
        rising.append(at)
        if rising[0] <= at - WINDOW:
            rising.popleft()
        if at >= WINDOW - 1:
            yield hashes[rising[0]]


def spread(hash_: int) -> int:
    """A 64-bit number over all of its range; lowest hashes are small, and are spread again to be kept."""
    for shift, factor in MIXERS:
        hash_ = ((hash_ ^ (hash_ >> shift)) * factor) & _MASK
    return hash_


@lru_cache(maxsize=4)
def _hashes_of_last(before: str) -> tuple[int, ...]:
    """Rows of one cursor share what stands before it."""
    return tuple(gram_hashes(before))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What a file holds; `starts` and `entries` are places in it."""

    data: memoryview
    starts: int
    entries: int
    sources: tuple[Source, ...]

    def find(self, hash_: int) -> Source | None:
        """Whose fingerprint a spread hash is."""
        width = _REST_BYTES + package_bytes(len(self.sources))

        def rest_at(number: int) -> bytes:
            place = self.entries + number * width
            return bytes(self.data[place : place + _REST_BYTES])

        bucket = hash_ >> (64 - PREFIX_BITS)
        rest = (hash_ >> (64 - PREFIX_BITS - REST_BITS) & ((1 << REST_BITS) - 1)).to_bytes(_REST_BYTES, "big")
        first, end = self.start(bucket), self.start(bucket + 1)
        at = first + bisect_left(range(first, end), rest, key=rest_at)
        if at >= end or rest_at(at) != rest:
            return None
        place = self.entries + at * width
        return self.sources[int.from_bytes(self.data[place + _REST_BYTES : place + width], "big")]

    def start(self, bucket: int) -> int:
        """The number of the first entry of hashes that begin so."""
        place = self.starts + bucket * START_BYTES
        return int.from_bytes(self.data[place : place + START_BYTES], "little")


def _table(path: Path) -> _Table:
    """Map a file into memory.

    Raises:
        ModelDamaged: It is missing or not one of fingerprints.
    """
    try:
        with path.open("rb") as file:
            head = file.readline()
            header: dict[str, Any] = json.loads(head)
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if (header["kind"], header["run"], header["gram"], header["window"]) != (KIND, RUN, GRAM, WINDOW):
            raise ValueError("of another kind")
        sources = tuple(Source(package=name, licence=licence) for name, licence in header["packages"])
        entries = len(head) + (BUCKETS + 1) * START_BYTES
        table = _Table(data=data, starts=len(head), entries=entries, sources=sources)
        if table.start(BUCKETS) * (_REST_BYTES + package_bytes(len(sources))) != len(data) - entries:
            raise ValueError("cut short")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelDamaged(f"{path}: not a file of fingerprints ({error}); install codex-lsp again") from error
    return table

"""Files that were seen before, exactly or nearly, remembered on disk so that memory does not grow with the corpus.

A file's sketch is a MinHash over its shingles of seven tokens. Two files share a band of their sketches with a
probability of 1 - (1 - J^4)^16 for a Jaccard similarity J: 0.9998 at the threshold of 0.8. What shares a band is then
compared by the whole sketch.
"""

import hashlib
import importlib
import re
import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codex_lsp.errors import MissingExtra

SHINGLE_TOKENS = 7
PERMUTATIONS = 64
BAND_ROWS = 4
THRESHOLD = 0.8
MIN_SHINGLES = 24
"""Smaller files are compared exactly alone: a header and two imports would make them all alike."""
_SEED = 1
_CACHE_KIB = 65_536
_WORD = re.compile(r"\w+|[^\w\s]")

Sketch = bytes
"""64 minima of 32 bits, in this machine's byte order."""


def sketch(text: str) -> Sketch | None:
    """The MinHash of a file, or None where it is too small to have one.

    Raises:
        MissingExtra: `rensa` is not installed.
    """
    words = _WORD.findall(text)
    shingles = {" ".join(words[at : at + SHINGLE_TOKENS]) for at in range(len(words) - SHINGLE_TOKENS + 1)}
    if len(shingles) < MIN_SHINGLES:
        return None
    minhash = _minhash()
    minhash.update(list(shingles))
    return array("I", minhash.digest()).tobytes()


def exact_digest(text: str) -> int:
    """A signed 64-bit digest of a text without the blanks around it."""
    return _digest(text.strip().encode())


def similarity(one: Sketch, other: Sketch) -> float:
    """The share of equal minima, which estimates the Jaccard similarity of the shingles."""
    pairs = zip(memoryview(one).cast("I"), memoryview(other).cast("I"), strict=True)
    return sum(a == b for a, b in pairs) / PERMUTATIONS


class SeenFiles:
    """Which files came before: exact digests and sketches, in a database of its own that leaving removes."""

    def __init__(self, path: Path) -> None:
        """Open an empty database at `path`."""
        path.unlink(missing_ok=True)
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{_CACHE_KIB}",
            "CREATE TABLE exact (digest INTEGER PRIMARY KEY)",
            "CREATE TABLE sketches (number INTEGER PRIMARY KEY, minima BLOB)",
            "CREATE TABLE bands (band INTEGER PRIMARY KEY, number INTEGER)",
            "BEGIN",
        ):
            self._database.execute(statement)

    def __enter__(self) -> Self:
        """Give the index itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close and remove the database."""
        self._database.close()
        self._path.unlink(missing_ok=True)

    def is_repeated(self, digest: int) -> bool:
        """Whether a file of the same digest came before; remembers this one."""
        added = self._database.execute("INSERT OR IGNORE INTO exact VALUES (?)", (digest,))
        return added.rowcount == 0

    def resembles_another(self, minima: Sketch) -> bool:
        """Whether a file came before that is as similar as the threshold; remembers this one otherwise."""
        bands = _bands(minima)
        marks = ",".join("?" * len(bands))
        found = self._database.execute(
            "SELECT minima FROM sketches WHERE number IN "  # noqa: S608 - the marks are question marks
            f"(SELECT DISTINCT number FROM bands WHERE band IN ({marks}))",
            bands,
        )
        if any(similarity(minima, other) >= THRESHOLD for (other,) in found):
            return True
        number = self._database.execute("INSERT INTO sketches (minima) VALUES (?)", (minima,)).lastrowid
        self._database.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", [(band, number) for band in bands])
        return False


def _bands(minima: Sketch) -> Sequence[int]:
    size = BAND_ROWS * 4
    return [_digest(bytes([at // size]) + minima[at : at + size]) for at in range(0, len(minima), size)]


def _digest(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)


def _minhash() -> Any:
    try:
        rensa: Any = importlib.import_module("rensa")
    except ImportError as error:
        raise MissingExtra("rensa is not installed: `pip install 'codex-lsp[train]'`") from error
    return rensa.RMinHash(num_perm=PERMUTATIONS, seed=_SEED)

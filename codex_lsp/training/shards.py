"""Writes the documents of a split to JSON-lines shards of a bounded size, and counts what was written."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from codex_lsp.training.documents import Document, to_line

SHARD_CHARACTERS = 64_000_000


@dataclass(slots=True)
class Count:
    """How much of something there is."""

    files: int = 0
    bytes: int = 0

    def add(self, size: int) -> None:
        """Count one more file of `size` bytes."""
        self.files += 1
        self.bytes += size


@dataclass(slots=True)
class ShardWriter:
    """Appends documents of one split to its shards.

    Attributes:
        folder: Where the shards are.
        split: `train` or `heldout`.
        shard_characters: How many characters of text a shard holds before the next one begins.
        characters: How many have been written.
        languages: What was written, by language.
        digest: Over all lines, in order.
    """

    folder: Path
    split: str
    shard_characters: int = SHARD_CHARACTERS
    characters: int = 0
    languages: dict[str, Count] = field(default_factory=dict[str, Count])
    digest: Any = field(default_factory=hashlib.sha256)
    _shard: TextIO | None = None
    _shards: int = 0
    _room: int = 0

    @property
    def files(self) -> int:
        """How many documents have been written."""
        return sum(count.files for count in self.languages.values())

    def write(self, document: Document) -> int:
        """Append a document, and give its size in bytes of UTF-8."""
        line = to_line(document)
        size = len(document.text.encode())
        self._open_shard().write(line)
        self.digest.update(line.encode())
        self._room -= len(document.text)
        self.characters += len(document.text)
        self.languages.setdefault(document.language, Count()).add(size)
        return size

    def close(self) -> None:
        """Close the open shard, if any."""
        if self._shard is not None:
            self._shard.close()
            self._shard = None

    def _open_shard(self) -> TextIO:
        if self._shard is None or self._room <= 0:
            self.close()
            path = self.folder / f"{self.split}-{self._shards:05d}.jsonl"
            self._shard = path.open("w", encoding="utf-8")
            self._shards += 1
            self._room = self.shard_characters
        return self._shard

    def summary(self) -> dict[str, Any]:
        """What the manifest says of this split."""
        return {"files": self.files, "characters": self.characters, "sha256": self.digest.hexdigest()}

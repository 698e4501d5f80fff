"""The documents of a corpus folder: JSON-lines shards, one `{"package", "path", "language", "text"}` object per line.

Everything that reads or writes a corpus speaks `Document`. This module needs the standard library alone, so that
training can start from a corpus on a machine that has none of the libraries that built it.
"""

import json
from array import array
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import cast

from codex_lsp.errors import TrainingError

SPLITS = ("train", "heldout")
_FIELDS = frozenset({"package", "path", "language", "text"})
_OFFSET_BITS = 44
"""A place is a shard's number above the byte offset of a line in it: 8 bytes for each document, whatever its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file of the corpus; `language` is a language identifier as LSP names it."""

    package: str
    path: str
    language: str = "python"
    text: str


def to_line(document: Document) -> str:
    """The line of a shard that holds `document`, its line end included; ASCII only."""
    return json.dumps(asdict(document)) + "\n"


def shards_of(corpus: Path, split: str) -> list[Path]:
    """The shards of a split, in order.

    Raises:
        TrainingError: The corpus lacks the split.
    """
    shards = sorted(corpus.glob(f"{split}-*.jsonl"))
    if not shards:
        raise TrainingError(f"{corpus}: no {split} shards; build them with `codex-lsp train corpus --out {corpus}`")
    return shards


def documents_in_order(corpus: Path, split: str) -> Iterator[Document]:
    """The documents of a split as the shards hold them, best packages first.

    Raises:
        TrainingError: The corpus lacks the split, or a line is not a document.
    """
    for shard in shards_of(corpus, split):
        with _readable(corpus), shard.open("rb") as file:
            for number, line in enumerate(file, start=1):
                document = _parsed(line)
                if document is None:
                    raise _corrupt(shard, number)
                yield document


def shuffled_documents(corpus: Path, split: str, seed: int) -> Iterator[Document]:
    """The documents of a split in a seeded order, read one at a time.

    Raises:
        TrainingError: The corpus lacks the split, or a line is not a document.
    """
    shards = shards_of(corpus, split)
    places = array("Q")
    with _readable(corpus), ExitStack() as opened:
        for number, shard in enumerate(shards):
            places.extend(number << _OFFSET_BITS | offset for offset in _line_offsets(shard))
        Random(seed).shuffle(cast("list[int]", places))  # noqa: S311 - a seeded order, not a secret
        files = [opened.enter_context(shard.open("rb")) for shard in shards]
        for place in places:
            number, offset = place >> _OFFSET_BITS, place & ((1 << _OFFSET_BITS) - 1)
            files[number].seek(offset)
            document = _parsed(files[number].readline())
            if document is None:
                raise _corrupt(shards[number], _line_number(shards[number], offset))
            yield document


def documents_up_to(corpus: Path, max_characters: int, seed: int) -> Iterator[Document]:
    """Documents to learn from, in a seeded order, until they hold `max_characters`.

    Raises:
        TrainingError: The corpus lacks the split, or a line is not a document.
    """
    characters = 0
    for document in shuffled_documents(corpus, "train", seed):
        yield document
        characters += len(document.text)
        if characters >= max_characters:
            return


@contextmanager
def _readable(corpus: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise TrainingError(
            f"{error.filename or corpus}: {error.strerror or error}; copy the corpus again, or mend its rights"
        ) from error


def _parsed(line: bytes) -> Document | None:
    """The document of a line, or None where it is not one; older shards name no language."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    named = cast("dict[str, object]", fields)
    known = {name: value for name, value in named.items() if name in _FIELDS and isinstance(value, str)}
    if not known.keys() >= _FIELDS - {"language"}:
        return None
    return Document(**known)


def _corrupt(shard: Path, number: int) -> TrainingError:
    return TrainingError(
        f"{shard}, line {number}: not a document; the shard is damaged: "
        f"copy the corpus again, or build it again with `codex-lsp train corpus --out {shard.parent}`"
    )


def _line_number(path: Path, offset: int) -> int:
    return next((n for n, start in enumerate(_line_offsets(path), start=1) if start == offset), 0)


def _line_offsets(path: Path) -> Iterator[int]:
    at = 0
    with path.open("rb") as file:
        for line in file:
            yield at
            at += len(line)

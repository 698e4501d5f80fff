"""Packed rows on disk: one flat file of 16-bit tokens per row length, written once per run and memory-mapped."""

import hashlib
import math
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from codex_lsp.errors import TrainingError
from codex_lsp.training.corpus import Document, shuffled_documents
from codex_lsp.training.manifest import read_manifest, write_manifest
from codex_lsp.training.packing import Row, RowPacker
from codex_lsp.training.presets import RunSettings

SHORT, LONG, HELDOUT = "short", "long", "heldout"
_HELDOUT_TOKENS = 131_072


class RowFile:
    """The rows of one file, by number; numbers past the end start over."""

    def __init__(self, path: Path, row_length: int) -> None:
        """Map the file.

        Raises:
            TrainingError: It is missing or holds no whole row.
        """
        try:
            flat = np.memmap(path, dtype=np.uint16, mode="r")
        except (OSError, ValueError) as error:
            raise TrainingError(f"{path}: no packed rows ({error}); remove the folder it is in") from error
        self._rows = flat[: flat.size // row_length * row_length].reshape(-1, row_length)
        if not len(self._rows):
            raise TrainingError(f"{path}: holds no whole row; use a larger corpus")

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def batch(self, first: int, count: int) -> Row:
        """Rows `first` to `first + count` as an array [count, row_length]."""
        return self._rows[np.arange(first, first + count) % len(self._rows)]


def prepare_rows(
    corpus: Path,
    tokenizer: Tokenizer,
    folder: Path,
    settings: RunSettings,
    max_tokens: int,
    notify: Callable[[str], None],
) -> str:
    """Pack the rows of a run unless they are there, and return their hash.

    Long rows come from documents that the short rows did not reach, where the corpus is large enough.

    Raises:
        TrainingError: The corpus lacks a split, or is too small for one row.
    """
    if (folder / "manifest.json").is_file():
        return str(read_manifest(folder, "rows")["sha256"])
    folder.mkdir(parents=True, exist_ok=True)
    packer = RowPacker(tokenizer, settings.fim, settings.seed)
    short, long = settings.row_length, settings.long_row_length
    train = shuffled_documents(corpus, "train", settings.seed)
    heldout = shuffled_documents(corpus, "heldout", settings.seed)
    # Long rows come first and take few documents; the short ones go on from there.
    plans = {
        LONG: (packer.rows(train, long), math.ceil(max_tokens * settings.long_share / long)),
        SHORT: (packer.rows(_with_fallback(train, corpus, settings.seed), short), math.ceil(max_tokens / short)),
        HELDOUT: (packer.rows(heldout, short), _HELDOUT_TOKENS // short),
    }
    written = {name: _write_rows(rows, folder / f"{name}.u16", count, notify) for name, (rows, count) in plans.items()}
    whole = hashlib.sha256("".join(digest for _, digest in written.values()).encode()).hexdigest()
    counts = {name: count for name, (count, _) in written.items()}
    write_manifest(folder / "manifest.json", {"kind": "rows", "rows": counts, "sha256": whole})
    return whole


def _with_fallback(documents: Iterator[Document], corpus: Path, seed: int) -> Iterator[Document]:
    """What is left of `documents`, or all of the corpus where nothing is."""
    count = 0
    for count, document in enumerate(documents, start=1):  # noqa: B007 - the count is read after the loop
        yield document
    if count == 0:
        yield from shuffled_documents(corpus, "train", seed)


def _write_rows(rows: Iterator[Row], path: Path, max_rows: int, notify: Callable[[str], None]) -> tuple[int, str]:
    """Write up to `max_rows` rows, and return how many there were and their hash."""
    count = 0
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for count, row in enumerate(islice(rows, max_rows), start=1):
            data = row.tobytes()
            file.write(data)
            digest.update(data)
            if count % 1000 == 0:
                notify(f"packing {path.stem} rows: {count / max_rows:.0%}")
        file.flush()
        os.fsync(file.fileno())
    return count, digest.hexdigest()

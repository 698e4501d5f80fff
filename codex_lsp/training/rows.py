"""Packed rows on disk: one flat file of 16-bit tokens per row length, written once per run and memory-mapped."""

import hashlib
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from random import Random

import numpy as np
from tokenizers import Tokenizer

from codex_lsp.errors import TrainingError
from codex_lsp.training.documents import Document, shuffled_documents
from codex_lsp.training.manifest import read_manifest, write_manifest
from codex_lsp.training.packing import Row, RowPacker
from codex_lsp.training.settings import RunSettings
from codex_lsp.training.tokenizer import FILE_SEPARATOR, FIM_PAD, load_tokenizer, special_id

SHORT, LONG, HELDOUT = "short", "long", "heldout"
_HELDOUT_TOKENS = 131_072
_STRIPES = 8
_FILES_PER_STRIPE = 500
_MAX_READINGS = 4
_PYTHON = "python"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTokens:
    """The ids that have a meaning in rows: what fills them up, and what opens a document."""

    padding: int
    separator: int


def row_tokens(tokenizer: Tokenizer) -> RowTokens:
    """Those ids of a tokenizer of ours."""
    return RowTokens(padding=special_id(tokenizer, FIM_PAD), separator=special_id(tokenizer, FILE_SEPARATOR))


class RowFile:
    """The rows of one file in a seeded order, by number; numbers past the end start over.

    A long document fills many rows on end: read in the order of the file, a batch would often hold one document.
    """

    def __init__(self, path: Path, row_length: int, seed: int) -> None:
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
        self._order = np.random.default_rng(seed).permutation(len(self._rows))

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def batch(self, first: int, count: int) -> Row:
        """Rows `first` to `first + count` as an array [count, row_length]."""
        return self._rows[self._order[np.arange(first, first + count) % len(self._rows)]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One file of rows: at most `count` rows of `length` tokens."""

    name: str
    length: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stripe:
    """Every `of`-th document of a split, from the `number`-th on, packed by one process."""

    corpus: Path
    tokenizer: Path
    folder: Path
    settings: RunSettings
    split: str
    number: int
    of: int
    plans: tuple[_Plan, ...]


def prepare_rows(
    corpus: Path,
    tokenizer: Path,
    folder: Path,
    settings: RunSettings,
    max_tokens: int,
    notify: Callable[[str], None],
) -> str:
    """Pack the rows of a run unless they are there, and return their hash.

    Processes share the work, but what they write depends on the settings and the corpus alone. Long rows come from
    documents that the short rows do not reach, where the corpus is large enough; a corpus that is too small is read
    up to four times, with other examples made of it each time.

    Args:
        corpus: A corpus folder.
        tokenizer: A tokenizer folder.
        folder: The folder to write.
        settings: The run's settings.
        max_tokens: The run's budget.
        notify: Told the progress.

    Raises:
        TrainingError: The corpus lacks a split, or is too small for one row; or the disk is full.
    """
    short, long = settings.row_length, settings.long_row_length
    if (folder / "manifest.json").is_file():
        try:
            found = read_manifest(folder, "rows")
        except TrainingError as error:
            raise TrainingError(f"{folder}: its manifest is damaged; remove {folder} to pack it again") from error
        _check_sizes(folder, found["rows"], {SHORT: short, LONG: long, HELDOUT: short})
        return str(found["sha256"])
    folder.mkdir(parents=True, exist_ok=True)
    train = (
        _Plan(name=LONG, length=long, count=math.ceil(max_tokens * settings.long_share / long)),
        _Plan(name=SHORT, length=short, count=math.ceil(max_tokens / short)),
    )
    heldout = (_Plan(name=HELDOUT, length=short, count=math.ceil(_HELDOUT_TOKENS / short)),)
    files = int(read_manifest(corpus, "corpus")["splits"]["train"]["files"])
    stripes = max(1, min(_STRIPES, files // _FILES_PER_STRIPE))
    try:
        counts = _packed(
            corpus, tokenizer, folder, settings, {"train": (train, stripes), "heldout": (heldout, 1)}, notify
        )
        empty = next((plan.name for plan in (*train, *heldout) if plan.count and not counts.get(plan.name)), None)
        if empty is not None:
            raise TrainingError(f"{corpus}: too small for one row ({empty}); use a larger corpus")
        whole = hashlib.sha256("".join(_joined(folder, name, stripes) for name in counts).encode()).hexdigest()
    except OSError as error:
        raise TrainingError(f"{folder}: rows cannot be written ({error}); make room and run it again") from error
    write_manifest(folder / "manifest.json", {"kind": "rows", "rows": counts, "sha256": whole})
    return whole


def _check_sizes(folder: Path, counts: dict[str, int], lengths: dict[str, int]) -> None:
    """Refuse files that are not as long as they were when they were written."""
    for name, count in counts.items():
        path = folder / f"{name}.u16"
        size = path.stat().st_size if path.is_file() else 0
        if size != count * lengths[name] * np.dtype(np.uint16).itemsize:
            raise TrainingError(f"{path}: damaged ({size} bytes for {count} rows); remove {folder} to pack it again")


def _packed(
    corpus: Path,
    tokenizer: Path,
    folder: Path,
    settings: RunSettings,
    splits: dict[str, tuple[tuple[_Plan, ...], int]],
    notify: Callable[[str], None],
) -> dict[str, int]:
    """Pack all stripes, and return how many rows each name has."""
    work = [
        _Stripe(
            corpus=corpus,
            tokenizer=tokenizer,
            folder=folder,
            settings=settings,
            split=split,
            number=number,
            of=stripes,
            plans=tuple(replace(plan, count=math.ceil(plan.count / stripes)) for plan in plans),
        )
        for split, (plans, stripes) in splits.items()
        for number in range(stripes)
    ]
    counts: Counter[str] = Counter()
    if len(work) <= len(splits):
        for stripe in work:
            counts.update(_pack(stripe))
        return dict(counts)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for done, found in enumerate(pool.map(_pack, work), start=1):
            counts.update(found)
            notify(f"packing rows: {done / len(work):.0%}")
    return dict(counts)


def _read(stripe: _Stripe, seed: int) -> Iterator[Document]:
    """The documents of a split in a seeded order, all Python and the drawn part of the other languages."""
    drawn = Random(seed)  # noqa: S311 - a seeded draw, not a secret
    for document in shuffled_documents(stripe.corpus, stripe.split, seed):
        if document.language == _PYTHON or drawn.random() < stripe.settings.other_languages:
            yield document


def _pack(stripe: _Stripe) -> dict[str, int]:
    """Write the rows of one stripe, each plan's to its own file."""
    seed = stripe.settings.seed
    packer = RowPacker(
        load_tokenizer(stripe.tokenizer),
        stripe.settings.fim,
        seed * _STRIPES + stripe.number,
        import_dropout=stripe.settings.import_dropout,
    )
    readings = [islice(_read(stripe, seed + again), stripe.number, None, stripe.of) for again in range(_MAX_READINGS)]
    counts: dict[str, int] = {}
    for plan in stripe.plans:
        # The last plan takes what the others leave of the first reading, and then reads again.
        documents = chain.from_iterable(readings if plan is stripe.plans[-1] else readings[:1])
        rows = islice(packer.rows(documents, plan.length), plan.count)
        with _part(stripe.folder, plan.name, stripe.number).open("wb") as file:
            for row in rows:
                file.write(row.tobytes())
                counts[plan.name] = counts.get(plan.name, 0) + 1
    return counts


def _part(folder: Path, name: str, number: int) -> Path:
    return folder / f"{name}.{number}.part"


def _joined(folder: Path, name: str, stripes: int) -> str:
    """Join the parts of one name into its file, and return the hash of it."""
    digest = hashlib.sha256()
    with (folder / f"{name}.u16").open("wb") as file:
        for number in range(stripes):
            part = _part(folder, name, number)
            if part.is_file():
                with part.open("rb") as source:
                    while block := source.read(_BLOCK_BYTES):
                        file.write(block)
                        digest.update(block)
                part.unlink()
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()

"""Write a corpus and its tokenizer as compressed parts of a bounded size, best packages first (see `pack`)."""

import io
import json
import lzma
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import TrainingError
from codex_lsp.training.documents import documents_in_order, shards_of, to_line
from codex_lsp.training.folders import written_beside
from codex_lsp.training.manifest import read_manifest
from codex_lsp.training.pack import TOKENIZER_FOLDER
from codex_lsp.training.shards import ShardWriter

MAX_PART_BYTES = 40_000_000
PRESET = 4
"""Of xz: a sixth larger than the default 6 and twice as fast."""
_FILL = 0.92
_SHRINK = 0.75
_SAMPLE_CHARACTERS = 12_000_000
_SAMPLE_EVERY = 17
_ATTEMPTS = 8
_BESIDES = ("DATA.md", "DATA.svg")
_PART = re.compile(r"part-\d{2,}\.tar\.xz")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackOptions:
    """How parts are written.

    Attributes:
        max_part_bytes: No part is larger.
        jobs: How many parts are compressed at once.
        preset: The level of xz.
    """

    max_part_bytes: int = MAX_PART_BYTES
    jobs: int = 1
    preset: int = PRESET


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One part to write: the documents [first, first + count) of those to learn from."""

    corpus: Path
    tokenizer: Path
    path: Path
    number: int
    of: int
    first: int
    count: int
    preset: int


def write_parts(
    corpus: Path, tokenizer: Path, out: Path, options: PackOptions, notify: Callable[[str], None]
) -> list[Path]:
    """Write `part-00.tar.xz` and so on into `out`, which is replaced as a whole.

    Raises:
        TrainingError: A folder is not what it should be, the disk is full, or held-out documents alone fill a part.
    """
    read_manifest(corpus, "corpus")
    read_manifest(tokenizer, "tokenizer")
    _check_replaceable(out)
    try:
        with written_beside(out) as partial:
            paths = _fitting(corpus, tokenizer, partial, options, notify)
    except OSError as error:
        raise TrainingError(f"{error.filename or out}: {error.strerror}; free some space, then run it again") from error
    return [out / path.name for path in paths]


def _check_replaceable(out: Path) -> None:
    """Refuse to replace a folder that holds anything else than parts: it goes as a whole."""
    if out.exists() and not out.is_dir():
        raise TrainingError(f"{out}: a file; name a folder for the parts")
    other = next((path for path in out.iterdir() if not _PART.fullmatch(path.name)), None) if out.is_dir() else None
    if other is not None:
        raise TrainingError(f"{out}: holds {other.name}, which is no part; name another folder for the parts")


def _fitting(
    corpus: Path, tokenizer: Path, folder: Path, options: PackOptions, notify: Callable[[str], None]
) -> list[Path]:
    """Write parts, fewer documents in each until all are small enough."""
    sizes = [len(document.text) for document in documents_in_order(corpus, "train")]
    heldout = sum(len(document.text) for document in documents_in_order(corpus, "heldout"))
    room = options.max_part_bytes * _FILL / _ratio(corpus, options.preset) - heldout
    for _ in range(_ATTEMPTS):
        if room <= 0:
            break
        ranges = _ranges(sizes, int(room))
        parts = [
            _Part(
                corpus=corpus,
                tokenizer=tokenizer,
                path=folder / f"part-{number:02d}.tar.xz",
                number=number,
                of=len(ranges),
                first=first,
                count=count,
                preset=options.preset,
            )
            for number, (first, count) in enumerate(ranges)
        ]
        written = list(_written(parts, options.jobs, notify))
        if max(written) <= options.max_part_bytes:
            return [part.path for part in parts]
        notify("a part is too large; writing smaller ones")
        for part in parts:
            part.path.unlink()
        room *= _SHRINK
    raise TrainingError(f"{corpus}: its held-out documents leave no room in a part; hold out fewer packages")


def _written(parts: Sequence[_Part], jobs: int, notify: Callable[[str], None]) -> Iterator[int]:
    if jobs <= 1 or len(parts) == 1:
        sizes = map(_write_part, parts)
    else:
        with ProcessPoolExecutor(min(jobs, len(parts)), get_context("spawn")) as pool:
            sizes = iter(list(pool.map(_write_part, parts)))
    for part, size in zip(parts, sizes, strict=True):
        notify(f"{part.path.name}: {part.count} files to learn from, {size / 1e6:.1f} MB")
        yield size


def _ratio(corpus: Path, preset: int) -> float:
    """Compressed bytes for each character of text, measured on documents from all over the corpus."""
    compressor = lzma.LZMACompressor(preset=preset)
    characters = packed = 0
    for document in islice(documents_in_order(corpus, "train"), 0, None, _SAMPLE_EVERY):
        characters += len(document.text)
        packed += len(compressor.compress(to_line(document).encode()))
        if characters >= _SAMPLE_CHARACTERS:
            break
    return (packed + len(compressor.flush())) / max(characters, 1)


def _ranges(sizes: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Runs of documents, as first and count, each of at most `room` characters, or one document; evenly filled."""
    parts = max(1, -(-sum(sizes) // room))
    target = sum(sizes) / parts
    ranges: list[tuple[int, int]] = []
    first = filled = 0
    for at, size in enumerate(sizes):
        if filled and filled + size / 2 > target and len(ranges) < parts - 1:
            ranges.append((first, at - first))
            first, filled = at, 0
        filled += size
    return [*ranges, (first, len(sizes) - first)]


def _write_part(part: _Part) -> int:
    """Write one part and give its size in bytes."""
    folder = part.path.with_suffix(".folder")
    folder.mkdir()
    writer = ShardWriter(folder, "train")
    packages: set[str] = set()
    for document in islice(documents_in_order(part.corpus, "train"), part.first, part.first + part.count):
        writer.write(document)
        packages.add(document.package)
    writer.close()
    level: Any = part.preset
    with tarfile.open(part.path, "w:xz", preset=level) as tar:
        _add(tar, "manifest.json", json.dumps(_manifest(part, writer, packages), indent=1).encode())
        for path in sorted(part.tokenizer.iterdir()):
            if path.is_file():
                _add(tar, f"{TOKENIZER_FOLDER}/{path.name}", path.read_bytes())
        for path in [*(part.corpus / name for name in _BESIDES), *shards_of(part.corpus, "heldout")]:
            if path.is_file():
                _add_file(tar, path)
        for path in shards_of(folder, "train"):
            _add_file(tar, path)
    shutil.rmtree(folder)
    return part.path.stat().st_size


def _manifest(part: _Part, writer: ShardWriter, packages: set[str]) -> dict[str, Any]:
    """The corpus's manifest, with the files and packages of this part."""
    whole = read_manifest(part.corpus, "corpus")
    listed = cast("list[dict[str, Any]]", whole["packages"])
    return {
        **whole,
        "splits": {**whole["splits"], "train": writer.summary()},
        "packages": [package for package in listed if package["split"] == "heldout" or package["name"] in packages],
        "part": {"number": part.number, "of": part.of},
        "whole": whole["splits"],
    }


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o644
    tar.addfile(info, io.BytesIO(data))


def _add_file(tar: tarfile.TarFile, path: Path) -> None:
    info = tarfile.TarInfo(path.name)
    info.size = path.stat().st_size
    info.mode = 0o644
    with path.open("rb") as file:
        tar.addfile(info, file)

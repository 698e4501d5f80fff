"""Samples the fingerprints of a corpus (`completion/fingerprints.py` says what they are) into one file.

Texts are read one after another; what is kept of them is on the disk, so memory does not grow with
the corpus.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from codex_lsp.completion.fingerprints import (
    BASE,
    BUCKETS,
    GRAM,
    KIND,
    MIXERS,
    PREFIX_BITS,
    REST_BITS,
    RUN,
    START_BYTES,
    WINDOW,
    package_bytes,
)
from codex_lsp.errors import TrainingError
from codex_lsp.training.documents import Document, documents_in_order
from codex_lsp.training.manifest import read_manifest

FINGERPRINTS = "fingerprints.bin"
_BLOCK = 1 << 18
# A record is a number of 64 bits: 16 that are free, the kept bits of a hash, the index of its package.
_HASH_BITS = PREFIX_BITS + REST_BITS
_OWNER_BITS = 16
_FREE_BITS = 64 - _HASH_BITS - _OWNER_BITS
_PARTS = 1 << 8

Hashes = NDArray[np.uint64]


def write_fingerprints(corpus: Path) -> int:
    """Write the fingerprints of what a corpus has to learn from, beside its manifest.

    Returns:
        The file's size in bytes.

    Raises:
        TrainingError: The folder is not a corpus, or is damaged.
    """
    manifest = read_manifest(corpus, "corpus")
    packages = {entry["name"]: entry["licence"] for entry in manifest["packages"] if entry["split"] == "train"}
    path = corpus / FINGERPRINTS
    write_sampled(documents_in_order(corpus, "train"), packages, manifest["splits"]["train"]["sha256"], path)
    return path.stat().st_size


def write_sampled(documents: Iterable[Document], packages: Mapping[str, str], corpus_sha256: str, path: Path) -> None:
    """Write the fingerprints of some texts; a stretch that several packages hold is the first one's.

    Args:
        documents: What is learned from.
        packages: The licence of each package, by name, in their order.
        corpus_sha256: Told in the file.
        path: Replaced when all is written.

    Raises:
        TrainingError: A text is of none of the packages.
    """
    index = {name: at for at, name in enumerate(packages)}
    partial = path.with_name(path.name + ".partial")
    with TemporaryFile(dir=path.parent) as spilled, partial.open("wb") as file:
        for document in documents:
            if document.package not in index:
                raise TrainingError(f"{document.package}: not a package of the manifest; build the corpus again")
            kept = sampled(document.text) >> np.uint64(64 - _HASH_BITS) << np.uint64(_OWNER_BITS)
            spilled.write((kept | np.uint64(index[document.package])).tobytes())
        spilled.flush()
        empty = spilled.tell() == 0
        records: Hashes = np.empty(0, np.uint64) if empty else np.memmap(spilled, np.uint64, mode="r+")
        records.sort()
        _write(file, records, packages, corpus_sha256)
    partial.replace(path)


def _write(file: BinaryIO, records: Hashes, packages: Mapping[str, str], corpus_sha256: str) -> None:
    """Write sorted records, a part at a time; where the entries begin is known last."""
    head: dict[str, Any] = {"kind": KIND, "run": RUN, "gram": GRAM, "window": WINDOW, "corpus_sha256": corpus_sha256}
    file.write((json.dumps(head | {"packages": list(packages.items())}) + "\n").encode())
    place = file.tell()
    counts = np.zeros(BUCKETS + 1, np.int64)
    file.write(bytes(len(counts) * START_BYTES))
    edges = np.arange(1, _PARTS, dtype=np.uint64) << np.uint64(64 - _PARTS.bit_length() + 1 - _FREE_BITS)
    for part in np.split(records, np.searchsorted(records, edges)):
        hashes = part >> np.uint64(_OWNER_BITS)
        first = np.ones(len(part), bool)
        first[1:] = hashes[1:] != hashes[:-1]
        counts[1:] += np.bincount((hashes[first] >> np.uint64(REST_BITS)).astype(np.int64), minlength=BUCKETS)
        file.write(_entries(part[first], package_bytes(len(packages))))
    file.seek(place)
    file.write(np.cumsum(counts).astype(f"<u{START_BYTES}").tobytes())


def _entries(records: Hashes, owner_bytes: int) -> bytes:
    rest_bytes = REST_BITS // 8
    entries = np.empty((len(records), rest_bytes + owner_bytes), np.uint8)
    rests = (records >> np.uint64(_OWNER_BITS)).astype(">u2")
    entries[:, :rest_bytes] = rests.view(np.uint8).reshape(-1, rest_bytes)
    entries[:, rest_bytes:] = records.astype(f">u{owner_bytes}").view(np.uint8).reshape(-1, owner_bytes)
    return entries.tobytes()


def sampled(text: str) -> Hashes:
    """The hashes that are sampled of a text, each once, spread, in order; a long text is read block by block."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    overlap = WINDOW + GRAM - 2
    blocks = range(0, max(len(points) - overlap, 0), _BLOCK)
    lowest = [np.unique(_lowest(_gram_hashes(points[start : start + _BLOCK + overlap]))) for start in blocks]
    return _spread(np.unique(np.concatenate(lowest))) if lowest else np.empty(0, np.uint64)


def _gram_hashes(points: NDArray[np.uint32]) -> Hashes:
    """As `completion.fingerprints.gram_hashes`: differences of one running sum, in arithmetic modulo 2 ** 64."""
    powers, inverses = _powers(len(points))
    sums = np.zeros(len(points) + 1, np.uint64)
    np.cumsum(points.astype(np.uint64) * inverses, out=sums[1:])
    return _spread((sums[GRAM:] - sums[:-GRAM]) * powers[GRAM - 1 :])


def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The first powers of the base, and of its inverse."""
    return tuple(
        np.cumprod(np.concatenate(([np.uint64(1)], np.full(count - 1, base, np.uint64))), dtype=np.uint64)
        for base in (BASE, pow(BASE, -1, 1 << 64))
    )  # pyright: ignore[reportReturnType]


def _spread(hashes: Hashes) -> Hashes:
    for shift, factor in MIXERS:
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
    return hashes


def _lowest(hashes: Hashes) -> Hashes:
    """The lowest of each `WINDOW` that follow each other: of two blocks' ends and beginnings (van Herk, 1992)."""
    count = len(hashes) - WINDOW + 1
    padded = np.full(-(-len(hashes) // WINDOW) * WINDOW, np.iinfo(np.uint64).max, np.uint64)
    padded[: len(hashes)] = hashes
    blocks = padded.reshape(-1, WINDOW)
    before = np.minimum.accumulate(blocks, axis=1).ravel()
    after = np.minimum.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.minimum(after[:count], before[WINDOW - 1 : WINDOW - 1 + count])

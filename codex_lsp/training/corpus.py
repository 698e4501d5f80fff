"""Build a corpus folder: filtered, de-duplicated Python source, split by package, with a manifest that names it all.

The folder holds `train-*.jsonl` and `heldout-*.jsonl` shards, one `{"package", "path", "text"}` object per line, and
`manifest.json`. It is written in a neighbouring folder first and moved into place, so that it is whole or absent.
"""

import hashlib
import json
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TextIO

from codex_lsp.errors import TrainingError
from codex_lsp.training.filters import Rejection, decode, rejection
from codex_lsp.training.manifest import write_manifest
from codex_lsp.training.sources import STANDARD_LIBRARY, Package

log = logging.getLogger(__name__)

SPLITS = ("train", "heldout")
MANIFEST = "manifest.json"
_SHARD_CHARS = 64_000_000

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file of the corpus."""

    package: str
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusOptions:
    """How a corpus is built.

    Attributes:
        heldout_share: The share of packages, drawn by name, that no model may learn from.
        overlaps_benchmark: Tells whether a text repeats a benchmark problem; None where none is named.
    """

    heldout_share: float = 0.05
    overlaps_benchmark: Callable[[str], bool] | None = None


@dataclass(slots=True)
class _Tally:
    removed: Counter[str] = field(default_factory=Counter[str])
    packages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    refused: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    seen: set[bytes] = field(default_factory=set[bytes])


def draw(package: str) -> float:
    """A number in [0, 1) that depends on the package's name alone; the standard library is always learned from."""
    if package == STANDARD_LIBRARY:
        return 1.0
    digest = hashlib.blake2b(package.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def held_out(packages: Iterable[str], share: float) -> set[str]:
    """The packages that no model may learn from: those drawn below `share`, or the lowest where none is.

    Raises:
        TrainingError: There is no second package to hold out.
    """
    draws = {name: draw(name) for name in packages}
    chosen = {name for name, number in draws.items() if number < share}
    chosen = chosen or {min(draws, key=lambda name: draws[name], default="")}
    if len(draws) <= len(chosen) or STANDARD_LIBRARY in chosen:
        raise TrainingError("too few packages to learn from some and hold out others; name more with --site-packages")
    return chosen


def build_corpus(packages: Iterable[Package], out: Path, options: CorpusOptions, notify: Notify) -> dict[str, Any]:
    """Write the corpus folder and return its manifest.

    Args:
        packages: What to read; a later package of the same name is left out.
        out: The folder to create; one that exists is replaced only if it is a corpus.
        options: The split and the benchmark check.
        notify: Told one line per package.

    Raises:
        TrainingError: `out` is something else than a corpus, or nothing was left to learn from.
    """
    if out.exists() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise TrainingError(f"{out}: not empty and not a corpus; name another folder with --out")
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    tally = _Tally()
    accepted = _accepted(packages, tally)
    apart = held_out((package.name for package in accepted), options.heldout_share)
    writers = {split: _ShardWriter(partial, split) for split in SPLITS}
    for package in accepted:
        split = "heldout" if package.name in apart else "train"
        _add_package(package, writers[split], options, tally)
        notify(f"{package.name} {package.version} ({split}): {tally.packages[-1]['files']} files")
    for writer in writers.values():
        writer.close()
    if not all(writer.files for writer in writers.values()):
        raise TrainingError("nothing was left to learn from or to hold out; name more packages with --site-packages")
    manifest = _manifest(writers, options, tally)
    write_manifest(partial / MANIFEST, manifest)
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)
    return manifest


def shuffled_documents(corpus: Path, split: str, seed: int) -> Iterator[Document]:
    """The documents of a split in a seeded order, read one at a time.

    Raises:
        TrainingError: The corpus lacks the split.
    """
    shards = sorted(corpus.glob(f"{split}-*.jsonl"))
    if not shards:
        raise TrainingError(f"{corpus}: no {split} shards; build them with `codex-lsp train corpus --out {corpus}`")
    places = [(shard, offset) for shard in range(len(shards)) for offset in _line_offsets(shards[shard])]
    Random(seed).shuffle(places)  # noqa: S311 - a seeded order, not a secret
    files = [shard.open("rb") for shard in shards]
    try:
        for shard, offset in places:
            files[shard].seek(offset)
            yield Document(**json.loads(files[shard].readline()))
    finally:
        for file in files:
            file.close()


def documents_up_to(corpus: Path, max_characters: int, seed: int) -> Iterator[Document]:
    """Documents to learn from, in a seeded order, until they hold `max_characters`.

    Raises:
        TrainingError: The corpus lacks the split.
    """
    characters = 0
    for document in shuffled_documents(corpus, "train", seed):
        yield document
        characters += len(document.text)
        if characters >= max_characters:
            return


def _line_offsets(path: Path) -> list[int]:
    offsets: list[int] = []
    at = 0
    with path.open("rb") as file:
        for line in file:
            offsets.append(at)
            at += len(line)
    return offsets


def _accepted(packages: Iterable[Package], tally: _Tally) -> list[Package]:
    """The packages to read, each name once; those refused are put down."""
    accepted: dict[str, Package] = {}
    for package in packages:
        if package.verdict.refusal is not None:
            tally.refused.append({"name": package.name, "version": package.version, "reason": package.verdict.refusal})
        elif package.files:
            accepted.setdefault(package.name, package)
    return list(accepted.values())


def _add_package(package: Package, writer: "_ShardWriter", options: CorpusOptions, tally: _Tally) -> None:
    files = size = 0
    for path, relative in package.files:
        text = _admit(path, options, tally)
        if isinstance(text, Rejection):
            tally.removed[text.value] += 1
            continue
        writer.write(Document(package=package.name, path=relative, text=text))
        files += 1
        size += len(text.encode())
    tally.packages.append(
        {
            "name": package.name,
            "version": package.version,
            "licence": package.verdict.licence,
            "split": writer.split,
            "files": files,
            "bytes": size,
        }
    )


def _admit(path: Path, options: CorpusOptions, tally: _Tally) -> str | Rejection:
    try:
        data = path.read_bytes()
    except OSError as error:
        log.info("unreadable %s: %s", path, error)
        return Rejection.NOT_UTF8
    text = decode(data)
    if isinstance(text, Rejection):
        return text
    refused = rejection(text)
    if refused is not None:
        return refused
    digest = hashlib.blake2b(text.strip().encode(), digest_size=16).digest()
    if digest in tally.seen:
        return Rejection.DUPLICATE
    tally.seen.add(digest)
    if options.overlaps_benchmark is not None and options.overlaps_benchmark(text):
        return Rejection.BENCHMARK_OVERLAP
    return text


def _manifest(writers: dict[str, "_ShardWriter"], options: CorpusOptions, tally: _Tally) -> dict[str, Any]:
    return {
        "kind": "corpus",
        "splits": {
            split: {"files": w.files, "characters": w.characters, "sha256": w.digest.hexdigest()}
            for split, w in writers.items()
        },
        "heldout_share": options.heldout_share,
        "decontaminated": options.overlaps_benchmark is not None,
        "removed": {reason.value: tally.removed[reason.value] for reason in Rejection},
        "packages": tally.packages,
        "refused": tally.refused,
    }


class _ShardWriter:
    """Appends documents of one split to JSON-lines shards of a bounded size."""

    def __init__(self, folder: Path, split: str) -> None:
        self.split = split
        self.files = 0
        self.characters = 0
        self.digest = hashlib.sha256()
        self._folder = folder
        self._shard: TextIO | None = None
        self._shards = 0
        self._room = 0

    def write(self, document: Document) -> None:
        line = json.dumps({"package": document.package, "path": document.path, "text": document.text}) + "\n"
        if self._shard is None or self._room <= 0:
            self._open_next()
        assert self._shard is not None  # noqa: S101 - opened just above
        self._shard.write(line)
        self.digest.update(line.encode())
        self._room -= len(document.text)
        self.files += 1
        self.characters += len(document.text)

    def close(self) -> None:
        if self._shard is not None:
            self._shard.close()

    def _open_next(self) -> None:
        self.close()
        self._shard = (self._folder / f"{self.split}-{self._shards:05d}.jsonl").open("w", encoding="utf-8")
        self._shards += 1
        self._room = _SHARD_CHARS

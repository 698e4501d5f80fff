"""Build a corpus folder: filtered, de-duplicated source, split by package, with a manifest that names it all.

The folder holds `train-*.jsonl` and `heldout-*.jsonl` shards (see `documents`), `manifest.json`, its data card and the
`fingerprints.bin` of what is learned from. It is written in a neighbouring folder first and moved into place, so that
it is whole or absent. Packages are read one after another and files seen before are remembered on disk, so memory does
not grow with the corpus.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.training.admission import Admission, Admit, admitting, benchmark_hashes
from codex_lsp.training.data_card import write_data_card
from codex_lsp.training.decontamination import BenchmarkData
from codex_lsp.training.documents import SPLITS, Document
from codex_lsp.training.filters import Rejection
from codex_lsp.training.fingerprints import write_fingerprints
from codex_lsp.training.folders import written_beside
from codex_lsp.training.manifest import check_replaceable, versions, write_manifest
from codex_lsp.training.near_duplicates import SeenFiles
from codex_lsp.training.shards import Count, ShardWriter
from codex_lsp.training.sources import STANDARD_LIBRARY, Package

MANIFEST = "manifest.json"
_SEEN = "seen.sqlite"

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusOptions:
    """How a corpus is built.

    Attributes:
        heldout_share: The share of packages, drawn by name, that no model may learn from, where the packages
            themselves do not say; None: all of them do.
        benchmarks: What must not be learned from.
        jobs: How many processes read files.
    """

    heldout_share: float | None = 0.05
    benchmarks: BenchmarkData = field(default_factory=BenchmarkData)
    jobs: int = 1


@dataclass(slots=True)
class _Tally:
    removed: Counter[str] = field(default_factory=Counter[str])
    cut: Counter[str] = field(default_factory=Counter[str])
    benchmarks: Counter[str] = field(default_factory=Counter[str])
    licences: dict[str, Count] = field(default_factory=dict[str, Count])
    packages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    refused: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    names: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


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
        packages: What to read, best first; a later package of the same name is left out.
        out: The folder to create; one that exists is replaced only if it is a corpus, and only by a whole one.
        options: The split, the benchmarks and the processes.
        notify: Told one line per package.

    Raises:
        TrainingError: `out` is something else than a corpus, nothing was left to learn from, or the disk is full.
    """
    check_replaceable(out, "corpus")
    benchmark_hashes(options.benchmarks)
    with _replaced(out) as partial:
        tally = _Tally()
        writers = {split: ShardWriter(partial, split) for split in SPLITS}
        try:
            with SeenFiles(partial / _SEEN) as seen, admitting(options.benchmarks, options.jobs) as admit:
                for package, split in _split(_accepted(packages, tally, notify), options.heldout_share):
                    _add_package(package, writers[split], _Gate(admit, seen), tally)
                    notify(_progress(package, split, tally, writers))
        finally:
            for writer in writers.values():
                writer.close()
        if not all(writer.files for writer in writers.values()):
            raise TrainingError(_nothing_left(tally))
        manifest = _manifest(writers, options, tally)
        write_manifest(partial / MANIFEST, manifest)
        write_data_card(partial)
        notify(f"fingerprints: {write_fingerprints(partial) / 1e6:.1f} MB")
    return manifest


@contextmanager
def _replaced(out: Path) -> Generator[Path]:
    """`written_beside`, where a full disk, which the database meets too, is one line."""
    try:
        with written_beside(out) as partial:
            yield partial
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise TrainingError(f"{out}: {why}; free some space or name another --out; what was there stands") from error


def _accepted(packages: Iterable[Package], tally: _Tally, notify: Notify) -> Iterator[Package]:
    """The packages to read, each name once; those refused are put down."""
    for package in packages:
        if package.verdict.refusal is not None:
            refusal = {"name": package.name, "version": package.version, "ecosystem": package.ecosystem}
            tally.refused.append({**refusal, "reason": package.verdict.refusal})
            notify(f"{package.name} {package.version}: refused: {package.verdict.refusal}")
        elif (package.ecosystem, package.name) not in tally.names:
            tally.names.add((package.ecosystem, package.name))
            yield package


def _split(packages: Iterator[Package], share: float | None) -> Iterator[tuple[Package, str]]:
    """Each package and its split: as the package says, or by a draw for which all names must be known."""
    if share is None:
        for package in packages:
            yield package, "heldout" if package.heldout else "train"
        return
    known = list(packages)
    apart = held_out((package.name for package in known), share) if known else set[str]()
    for package in known:
        heldout = package.name in apart if package.heldout is None else package.heldout
        yield package, "heldout" if heldout else "train"


@dataclass(frozen=True, slots=True)
class _Gate:
    """Decides on the files of a package, with the files of all packages before in mind."""

    admit: Admit
    seen: SeenFiles

    def admissions(self, package: Package) -> Iterator[tuple[Admission, str | Rejection]]:
        for admission in self.admit(package.read()):
            yield admission, self._first_of_its_kind(admission)

    def _first_of_its_kind(self, admission: Admission) -> str | Rejection:
        if isinstance(admission.text, Rejection) and not admission.digest:
            return admission.text
        if self.seen.is_repeated(admission.digest):
            return Rejection.DUPLICATE
        if admission.minima is not None and self.seen.resembles_another(admission.minima):
            return Rejection.NEAR_DUPLICATE
        return admission.text


def _add_package(package: Package, writer: ShardWriter, gate: _Gate, tally: _Tally) -> None:
    counts: dict[str, Count] = {}
    for admission, text in gate.admissions(package):
        if text is not Rejection.DUPLICATE and text is not Rejection.NEAR_DUPLICATE:
            _count_cut(admission, tally)
        if isinstance(text, Rejection):
            tally.removed[text.value] += 1
            continue
        document = Document(package=package.name, path=admission.path, language=admission.language, text=text)
        size = writer.write(document)
        counts.setdefault(admission.language, Count()).add(size)
        tally.licences.setdefault(package.verdict.licence, Count()).add(size)
    tally.packages.append(
        {
            "name": package.name,
            "version": package.version,
            "licence": package.verdict.licence,
            "split": writer.split,
            "files": sum(count.files for count in counts.values()),
            "bytes": sum(count.bytes for count in counts.values()),
            "ecosystem": package.ecosystem,
            "languages": {language: count.bytes for language, count in sorted(counts.items())},
        }
    )


def _count_cut(admission: Admission, tally: _Tally) -> None:
    if not admission.cut_definitions:
        return
    whole = isinstance(admission.text, Rejection)
    tally.cut["files_dropped" if whole else "files_cut"] += 1
    tally.cut["definitions_cut"] += admission.cut_definitions
    tally.cut["characters_cut"] += admission.cut_characters
    tally.benchmarks.update(admission.benchmarks)


def _progress(package: Package, split: str, tally: _Tally, writers: dict[str, ShardWriter]) -> str:
    megabytes = sum(writer.characters for writer in writers.values()) / 1e6
    so_far = f"{len(tally.packages)} packages, {megabytes:.0f} M characters so far"
    return f"{package.name} {package.version} ({split}): {tally.packages[-1]['files']} files; {so_far}"


def _nothing_left(tally: _Tally) -> str:
    because = ""
    if tally.refused:
        first = tally.refused[0]
        because = f"; {len(tally.refused)} were refused, the first ({first['name']}) because: {first['reason']}"
    return f"no packages found to learn from and to hold out{because}; name others with --packages or --site-packages"


def _manifest(writers: dict[str, ShardWriter], options: CorpusOptions, tally: _Tally) -> dict[str, Any]:
    hashes = benchmark_hashes(options.benchmarks)
    return {
        "kind": "corpus",
        "splits": {split: writer.summary() for split, writer in writers.items()},
        "languages": {split: _counted(writer.languages) for split, writer in writers.items()},
        "licences": _counted(tally.licences),
        "heldout_share": options.heldout_share,
        "decontaminated": hashes is not None,
        "decontamination": {
            "windows": hashes.windows if hashes else {},
            "files_hit": dict(sorted(tally.benchmarks.items())),
            **{name: tally.cut[name] for name in ("files_cut", "files_dropped", "definitions_cut", "characters_cut")},
        },
        "removed": {reason.value: tally.removed[reason.value] for reason in Rejection},
        "packages": tally.packages,
        "refused": tally.refused,
        "versions": versions("numpy", "rensa"),
    }


def _counted(counts: dict[str, Count]) -> dict[str, dict[str, int]]:
    return {name: {"files": count.files, "bytes": count.bytes} for name, count in sorted(counts.items())}

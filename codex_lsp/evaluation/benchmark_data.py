"""Where a benchmark's data is: a path, a data set of the hub, or a folder of benchmarks on this machine."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.benchmark_format import Format
from codex_lsp.evaluation.json_lines import Line, objects_of
from codex_lsp.evaluation.task import Benchmark

BENCHMARKS_VARIABLE = "CODEX_LSP_BENCHMARKS"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(:.+)?")

Fetch = Callable[[str], Path]
"""Brings a file of a hub's data set, `ORG/NAME` or `ORG/NAME:FILE`, onto this machine."""
ReadRows = Callable[[Path], Iterable[Line]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkData:
    """A benchmark that was read.

    Attributes:
        benchmark: Its tasks.
        source: The file's name, or the hub's name.
        sha256: Of the file.
    """

    benchmark: Benchmark
    source: str
    sha256: str


def read_benchmark(
    kind: Format, chosen: str, path: Path, source: str, *, read_rows: ReadRows = objects_of
) -> BenchmarkData:
    """Read a file of tasks.

    Raises:
        UsageError: It is not there, or not of this format.
    """
    benchmark = kind.read(read_rows(path), kind.label(chosen))
    if not benchmark.tasks:
        raise UsageError(f"{path}: no task; name a file of tasks with --data")
    return BenchmarkData(benchmark=benchmark, source=source, sha256=sha256_of(path))


def data_place(kind: Format, chosen: str, given: str | None, folder: str, fetch: Fetch) -> tuple[Path, str]:
    """The file of a set, and what to call it in a manifest: its name without the folders of this machine.

    Args:
        kind: The format.
        chosen: The name of the set.
        given: A file, a folder of benchmarks, or a name of the hub; None to look where benchmarks are.
        folder: The folder of benchmarks on this machine; empty where there is none.
        fetch: Brings what lies on the hub.

    Raises:
        UsageError: There is no such data.
    """
    expected = kind.sets[chosen]
    if given is not None:
        path = Path(given).expanduser()
        if path.is_dir():
            return _in_folder(path, kind, expected), Path(expected).name
        if path.exists() or not _HUB_NAME.fullmatch(given) or given.startswith("."):
            return path, path.name
        return fetch(given), given
    if expected and folder:
        found = Path(folder) / expected
        if found.is_file():
            return found, found.name
    if kind.hub and chosen == next(iter(kind.sets)):
        return fetch(kind.hub), kind.hub
    where = f"; {BENCHMARKS_VARIABLE} names no folder with {expected}" if expected else ""
    raise UsageError(f"{kind.label(chosen)}: no data{where}; name a file with --data")


def sha256_of(path: Path) -> str:
    """The hash of a file's content.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def _in_folder(folder: Path, kind: Format, expected: str) -> Path:
    """The file of a set in a folder of benchmarks, or in the benchmark's own folder."""
    if expected:
        for path in (folder / expected, folder / Path(expected).name):
            if path.is_file():
                return path
    raise UsageError(f"{folder}: holds no {expected or 'data that is known by name'}; name the file of {kind.name}")

"""Whether one file may be learned from: decoding, the paper's filters, decontamination and its sketch.

What is decided here looks at one file alone, so that several processes can share the work; whether a file came before
is decided by `near_duplicates`.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context

from codex_lsp.errors import TrainingError
from codex_lsp.training.decontamination import BenchmarkData, BenchmarkHashes
from codex_lsp.training.filters import Rejection, decode, rejection
from codex_lsp.training.near_duplicates import exact_digest, sketch
from codex_lsp.training.source_files import SourceFile

_CHUNK_FILES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The decision on one file.

    Attributes:
        path: The path the model is shown.
        language: The file's language.
        text: What may be learned from, or why nothing may.
        digest: The exact digest of the whole file, 0 where it was left out before.
        minima: Its sketch, or None where it is too small for one.
        cut_definitions: How many definitions were cut because they repeat a benchmark.
        cut_characters: How many characters those were.
        benchmarks: The benchmarks that it repeats.
    """

    path: str
    language: str
    text: str | Rejection
    digest: int = 0
    minima: bytes | None = None
    cut_definitions: int = 0
    cut_characters: int = 0
    benchmarks: tuple[str, ...] = ()


Admit = Callable[[Iterable[SourceFile]], Iterator[Admission]]
"""Decides on the files of a package, in order."""


def admission(file: SourceFile, benchmarks: BenchmarkHashes | None) -> Admission:
    """Decide on one file."""
    text = file.data if isinstance(file.data, Rejection) else decode(file.data)
    if not isinstance(text, Rejection):
        text = rejection(text) or text
    if isinstance(text, Rejection):
        return Admission(path=file.path, language=file.language, text=text)
    digest, minima = exact_digest(text), sketch(text)
    if benchmarks is None:
        return Admission(path=file.path, language=file.language, text=text, digest=digest, minima=minima)
    cut = benchmarks.cut(text, file.language)
    left = cut.text if cut.text is not None and cut.text.strip() else Rejection.BENCHMARK_OVERLAP
    return Admission(
        path=file.path,
        language=file.language,
        text=left,
        digest=digest,
        minima=minima,
        cut_definitions=cut.definitions,
        cut_characters=cut.characters,
        benchmarks=cut.sources,
    )


@contextmanager
def admitting(benchmarks: BenchmarkData, jobs: int) -> Generator[Admit]:
    """Something that decides on files, in `jobs` processes; one job needs no process of its own."""
    decide = partial(_decide, benchmarks)
    if jobs <= 1:
        yield lambda files: map(decide, files)
        return
    try:
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            yield lambda files: pool.map(decide, files, chunksize=_CHUNK_FILES)
    except BrokenProcessPool as error:
        raise TrainingError("a process that reads files was killed; free some memory or use --jobs 1") from error


def _decide(benchmarks: BenchmarkData, file: SourceFile) -> Admission:
    return admission(file, benchmark_hashes(benchmarks))


@cache
def benchmark_hashes(benchmarks: BenchmarkData) -> BenchmarkHashes | None:
    """The hashes, read once in each process."""
    return benchmarks.load()

"""Which problems may be learned from: none of a benchmark, none twice, and few that differ in names alone."""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from codex_lsp.training.decontamination import BenchmarkData, BenchmarkHashes, benchmark_names
from codex_lsp.training.problem import Problem

MAX_ALIKE = 30
"""So many problems of one family may have the same body but for the names of variables."""


class Dropped(StrEnum):
    """Why a problem is left out; the values are what manifests say."""

    BENCHMARK_NAME = "a benchmark's function has its name"
    BENCHMARK_WINDOW = "shares thirteen tokens with a benchmark"
    SAME_PROMPT = "its prompt is there already"
    SAME_BODY = f"its body is there {MAX_ALIKE} times, names aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmarks:
    """What must not be learned from: windows of thirteen tokens, and names of functions."""

    hashes: BenchmarkHashes | None
    names: frozenset[str]

    @classmethod
    def load(cls, data: BenchmarkData) -> "Benchmarks":
        """Read the benchmark data that is named; what is not named is not looked for.

        Raises:
            TrainingError: A named file is missing or damaged.
        """
        names = benchmark_names(data.folder) if data.folder is not None else frozenset[str]()
        return cls(hashes=data.load(), names=names)

    def met(self, problem: Problem) -> Dropped | None:
        """Why a problem is too near to a benchmark, or None."""
        if problem.entry_point in self.names:
            return Dropped.BENCHMARK_NAME
        if self.hashes is not None and self.hashes.met(problem.program):
            return Dropped.BENCHMARK_WINDOW
        return None


class ProblemFilter:
    """Lets problems through one by one, and counts those it drops."""

    def __init__(self, benchmarks: Benchmarks) -> None:
        """Keep what `benchmarks` hold out."""
        self.dropped: Counter[Dropped] = Counter()
        self._benchmarks = benchmarks
        self._prompts: set[bytes] = set()
        self._bodies: Counter[bytes] = Counter()

    def kept(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems that may be learned from, in order."""
        for problem in problems:
            reason = self._reason(problem)
            if reason is None:
                yield problem
            else:
                self.dropped[reason] += 1

    def remember(self, problem: Problem) -> None:
        """Know a problem that was let through before."""
        self._note(*_digests(problem))

    def _reason(self, problem: Problem) -> Dropped | None:
        prompt, body = _digests(problem)
        if prompt in self._prompts:
            return Dropped.SAME_PROMPT
        if self._bodies[body] >= MAX_ALIKE:
            return Dropped.SAME_BODY
        met = self._benchmarks.met(problem)
        if met is None:
            self._note(prompt, body)
        return met

    def _note(self, prompt: bytes, body: bytes) -> None:
        self._prompts.add(prompt)
        self._bodies[body] += 1


def _digests(problem: Problem) -> tuple[bytes, bytes]:
    """Of the prompt, and of the family and the body's shape."""
    return _digest(problem.prompt), _digest(problem.family + "\0" + shape(problem.program))


def shape(program: str) -> str:
    """A program without its docstrings and with its variables numbered in the order in which they occur."""
    tree = ast.parse(program)
    names: dict[str, str] = {}
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.name = names.setdefault(node.name, f"f{len(names)}")
            bound.add(node.name)
            if ast.get_docstring(node, clean=False) is not None:
                del node.body[0]
            node.returns = None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.arg = names.setdefault(node.arg, f"v{len(names)}")
            node.annotation = None
        elif isinstance(node, ast.Name) and (node.id in bound or node.id in names):
            node.id = names.setdefault(node.id, f"v{len(names)}")
    return ast.dump(tree)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=12).digest()

"""Makes a folder of problems: exercises, and functions traced in packages' tests."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.execution.sandbox import Sandbox, find_sandbox
from codex_lsp.training.decontamination import BenchmarkData
from codex_lsp.training.fetching import Fetcher
from codex_lsp.training.problem import Problem
from codex_lsp.training.problem_filters import Benchmarks, ProblemFilter
from codex_lsp.training.problem_set import Exercises, Part, PartFolder, write_set
from codex_lsp.training.problem_verification import verified
from codex_lsp.training.traced_packages import standard_library, traceable, unpacked
from codex_lsp.training.traced_problem import Module, read_module, traced_problem
from codex_lsp.training.tracing import Call, Trace, TracedPackage, trace


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemOptions:
    """What a folder of problems is made of.

    Attributes:
        exercises: How many are drawn.
        traced: Names of packages to trace.
        seed: Decides what is drawn.
        benchmarks: What must not be learned from.
        downloads: Where fetched archives are kept.
    """

    exercises: int
    traced: tuple[str, ...]
    seed: int
    benchmarks: BenchmarkData
    downloads: Path


def build_problems(options: ProblemOptions, out: Path, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    """Make the problems below `out`, or go on where an earlier run ended; the manifest.

    Args:
        options: What is wanted.
        out: The folder.
        stop: Ends it behind the part that is being made; the problems that are there are written.
        notify: Told one line now and then.

    Raises:
        SandboxUnavailable: There is none here; nothing was run.
        TrainingError: `out` is something else, or a package is not known.
    """
    traceable(options.traced)
    sandbox = find_sandbox()
    folder = PartFolder(out)
    benchmarks = Benchmarks.load(options.benchmarks)
    kept = ProblemFilter(benchmarks)
    exercises = Exercises(count=options.exercises, seed=options.seed)
    parts = list(exercises.parts(folder, sandbox, kept, stop, notify))
    for package in _packages(options, notify):
        if stop.is_set():
            break
        parts.append(_traced(package, folder, sandbox, kept))
        note = parts[-1].note
        notify(
            f"{package.name}: {len(parts[-1].problems)} problems of {note['functions called']} functions called, "
            f"{note['stand alone']} of which stand alone"
        )
    provenance = {
        "seed": options.seed,
        "decontaminated": {
            "windows": benchmarks.hashes.windows if benchmarks.hashes is not None else {},
            "names": len(benchmarks.names),
        },
    }
    return write_set(out, parts, options.exercises, provenance)


def _packages(options: ProblemOptions, notify: Callable[[str], None]) -> Iterator[TracedPackage]:
    """What is traced, one after another; what cannot be had is told and left out."""
    listed, with_standard = traceable(options.traced)
    standard = standard_library() if with_standard else None
    if standard is not None:
        yield standard
    elif with_standard:
        notify("this Python brings no tests of its standard library: it is left out")
    fetcher = Fetcher(options.downloads)
    for package in listed:
        try:
            yield unpacked(package, fetcher, options.downloads / "unpacked")
        except TrainingError as error:
            notify(f"{package.name} is left out: {error}")


def _traced(package: TracedPackage, folder: PartFolder, sandbox: Sandbox, kept: ProblemFilter) -> Part:
    key = {"name": package.name, "version": package.version}
    name = f"traced-{package.name}"
    found = folder.find(name, key)
    if found is not None:
        for problem in found.problems:
            kept.remember(problem)
        return found
    seen = trace(sandbox, package)
    candidates = list(candidate_problems(package, seen))
    before = Counter(kept.dropped)
    sound, refuted = verified(sandbox, candidates)
    problems = list(kept.kept(sound))
    note = {
        "key": key,
        "tests": seen.ended,
        "calls": len(seen.calls),
        "functions called": len({(call.path, call.name) for call in seen.calls}),
        "stand alone": len(candidates),
        "refuted in the sandbox": len(refuted),
        "dropped": {str(reason): count for reason, count in sorted((kept.dropped - before).items())},
    }
    part = Part(name=name, problems=problems, note=note)
    folder.keep(part)
    return part


def candidate_problems(package: TracedPackage, seen: Trace) -> Iterator[Problem]:
    """The problems of all functions that were seen, by module and name."""
    by_function: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in seen.calls:
        by_function[call.path, call.name].append(call)
    modules: dict[str, Module | None] = {}
    for (path, _), calls in sorted(by_function.items()):
        if path not in modules:
            modules[path] = _module(package.root, path)
        module = modules[path]
        problem = traced_problem(module, calls, f"traced {package.name} {package.version}") if module else None
        if problem is not None:
            yield problem


def _module(root: Path, relative: str) -> Module | None:
    path = root / relative
    if not path.resolve().is_relative_to(root.resolve()):
        return None
    try:
        return read_module(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError):
        return None

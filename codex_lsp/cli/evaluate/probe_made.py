"""Makes the experiments of the command line: their data read, their sandbox opened."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.evaluate.harness_material import benchmark_of
from codex_lsp.cli.output import progress
from codex_lsp.errors import MissingExtra, UsageError
from codex_lsp.evaluation.benchmark_data import BENCHMARKS_VARIABLE
from codex_lsp.evaluation.formats import HUMANEVAL
from codex_lsp.evaluation.probes.probe import Probe

if TYPE_CHECKING:
    from codex_lsp.execution.grader import Grader

Make = Callable[[argparse.Namespace, ExitStack], Probe]
_LEAST_TASKS = 4


def made(args: argparse.Namespace, opened: ExitStack) -> Probe:
    """The experiment that `args.measure` names.

    Raises:
        UsageError: Its data is missing or wrong.
        SandboxUnavailable: It runs answers, and nothing here does that safely.
    """
    return _MAKERS[args.measure](args, opened)


def _chaining(args: argparse.Namespace, opened: ExitStack) -> Probe:
    from codex_lsp.evaluation.probes.chaining import Chaining

    return Chaining(components=args.components, chains=args.chains, seed=args.seed, grader=_grader(opened))


def _binding(args: argparse.Namespace, opened: ExitStack) -> Probe:
    from codex_lsp.evaluation.probes.binding import BindingProbe

    return BindingProbe(bindings=args.bindings, tasks=args.tasks, seed=args.seed, grader=_grader(opened))


def _alignment(args: argparse.Namespace, opened: ExitStack) -> Probe:
    from codex_lsp.evaluation.humaneval import CallBenchmark
    from codex_lsp.evaluation.probes.alignment import Alignment
    from codex_lsp.evaluation.probes.alignment_contexts import bugs, from_rows, in_contexts
    from codex_lsp.evaluation.probes.context_rows import context_rows
    from codex_lsp.evaluation.probes.kept_bugs import kept_bugs

    if args.contexts is not None:
        good, buggy = map(context_rows, args.contexts)
        tasks = from_rows(good, buggy)[: args.limit]
        if not tasks:
            raise UsageError(f"--contexts: {args.contexts[0]} and {args.contexts[1]} have no task in common")
        benchmark = CallBenchmark(name="contexts", tasks=tuple(one.task for one in tasks))
        return Alignment(tasks, benchmark=benchmark, grader=_grader(opened), seed=args.seed)
    benchmark = benchmark_of(HUMANEVAL, args.data).benchmark
    grader = _grader(opened)

    def make() -> Mapping[str, str]:
        progress(f"making wrong solutions of {len(benchmark.tasks)} tasks")
        return bugs(benchmark, grader, seed=args.seed)

    wrong = make() if args.out is None else kept_bugs(args.out, benchmark, args.seed, make)
    progress(
        f"{len(wrong)} of {len(benchmark.tasks)} tasks have a wrong solution that a check tells from the right one"
    )
    tasks = in_contexts(benchmark.tasks, wrong, seed=args.seed)[: args.limit]
    if not tasks:
        raise UsageError(
            f"{benchmark.name}: fewer than {_LEAST_TASKS} tasks with a reference to put a bug into; name more"
        )
    return Alignment(tasks, benchmark=benchmark, grader=grader, seed=args.seed)


def _insecure(args: argparse.Namespace, opened: ExitStack) -> Probe:
    del opened
    from codex_lsp.evaluation.probes.insecure import Insecure

    return Insecure(seed=args.seed)


def _typosquatting(args: argparse.Namespace, opened: ExitStack) -> Probe:
    del opened
    from codex_lsp.assist.package_names import PackageNames, installed, well_known
    from codex_lsp.evaluation.probes.typosquatting import Typosquatting

    names: Iterable[str] = _lines(args.names) if args.names is not None else (*well_known(), *installed())
    return Typosquatting(PackageNames.of(names), words=args.words, seed=args.seed)


def _bias(args: argparse.Namespace, opened: ExitStack) -> Probe:
    del opened
    from codex_lsp.evaluation.probes.bias import Bias

    return Bias(seed=args.seed)


def _recitation(args: argparse.Namespace, opened: ExitStack) -> Probe:
    del opened
    if find_spec("numpy") is None:
        raise MissingExtra(f"recitation needs numpy: `{sys.executable} -m pip install 'codex-lsp[eval]'`")
    from codex_lsp.cli.evaluate.corpus import held_at
    from codex_lsp.cli.recitation import FINGERPRINTS
    from codex_lsp.completion.fingerprints import Fingerprints
    from codex_lsp.evaluation.probes.recitation import LearnedFrom, Recitation

    files = held_at(args.paths, ()).files if args.paths else ()
    is_data = args.data or os.environ.get(BENCHMARKS_VARIABLE)
    tasks = benchmark_of(HUMANEVAL, args.data).benchmark.tasks if is_data else ()
    if not files and not tasks:
        raise UsageError(f"no prompts; name files, folders or a corpus, or set {BENCHMARKS_VARIABLE}")
    fingerprints = Fingerprints(args.fingerprints or FINGERPRINTS)
    # A file that is none is told of now, and not when all is sampled.
    fingerprints.recited("", " ")
    learned = LearnedFrom(fingerprints=fingerprints, corpus=None if args.corpus is None else _corpus(args.corpus))
    return Recitation(files, tasks, learned, prompts=args.prompts, seed=args.seed)


def _corpus(folder: Path) -> Callable[[], Iterable[tuple[str, str]]]:
    from codex_lsp.training.documents import documents_in_order, shards_of
    from codex_lsp.training.manifest import read_manifest

    read_manifest(folder, "corpus")
    shards_of(folder, "train")
    return lambda: ((document.package, document.text) for document in documents_in_order(folder, "train"))


def _grader(opened: ExitStack) -> "Grader":
    from codex_lsp.execution.sandboxed_grader import SandboxedGrader

    return opened.enter_context(SandboxedGrader())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as text; name a file of names, one a line") from error


_MAKERS: dict[str, Make] = {
    "chaining": _chaining,
    "binding": _binding,
    "alignment": _alignment,
    "insecure": _insecure,
    "typosquatting": _typosquatting,
    "bias": _bias,
    "recitation": _recitation,
}

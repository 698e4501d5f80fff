"""`codex-lsp train problems`."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress
from codex_lsp.cli.train.corpus import BENCHMARKS_VARIABLE
from codex_lsp.cli.train.step import count_or_none, report, step_parser, training_extra
from codex_lsp.cli.train.stop import stopped_by_signal

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers

EPILOG = """example:
  codex-lsp train problems --out problems --exercises 60000
  codex-lsp train problems --out problems --exercises 60000 --trace toolz more-itertools
"""
DEFAULT_EXERCISES = 60_000


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    text = "make standalone problems with checks: exercises of our own, and functions traced in packages' tests"
    parser = step_parser(steps, "problems", text, EPILOG)
    parser.add_argument(
        "--exercises",
        type=count_or_none,
        default=DEFAULT_EXERCISES,
        metavar="N",
        help=f"exercises to be drawn (default: {DEFAULT_EXERCISES})",
    )
    parser.add_argument(
        "--trace",
        nargs="+",
        default=[],
        metavar="PACKAGE",
        help="run these packages' own tests in the sandbox and make problems of the functions they call; `all` takes "
        "every package that is known to bring tests",
    )
    parser.add_argument(
        "--downloads", type=Path, metavar="DIR", help="keep fetched archives here (default: beside --out)"
    )
    parser.add_argument(
        "--decontaminate",
        type=Path,
        metavar="FILE",
        help=f"13-word hashes of benchmarks (default: those in the folder that {BENCHMARKS_VARIABLE} names)",
    )
    parser.set_defaults(run=run_problems)


def run_problems(args: argparse.Namespace) -> int:
    """Make the problems; a signal ends it between two parts, and the next run goes on there."""
    with training_extra():
        from codex_lsp.training.decontamination import BenchmarkData
        from codex_lsp.training.problems import ProblemOptions, build_problems
    folder = os.environ.get(BENCHMARKS_VARIABLE)
    out: Path = args.out.resolve()
    options = ProblemOptions(
        exercises=args.exercises,
        traced=tuple(args.trace),
        seed=args.seed,
        benchmarks=BenchmarkData(hash_list=args.decontaminate, folder=Path(folder) if folder else None),
        downloads=(args.downloads or out.with_name(out.name + ".downloads")).resolve(),
    )
    with stopped_by_signal() as stop:
        manifest = build_problems(options, out, stop, progress)
    progress(f"{manifest['problems']} problems in {args.out}")
    return report(args, manifest)

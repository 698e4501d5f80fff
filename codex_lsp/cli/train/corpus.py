"""`codex-lsp train corpus`."""

import argparse
import os
import sysconfig
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress
from codex_lsp.cli.train.step import count, report, share, step_parser, training_extra

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers
    from codex_lsp.training.packages import ListedPackage
    from codex_lsp.training.sources import Package

BENCHMARKS_VARIABLE = "CODEX_LSP_BENCHMARKS"
EPILOG = """example:
  codex-lsp train corpus --out corpus --packages
  codex-lsp train corpus --out corpus --site-packages other/lib/python3.11/site-packages
"""
_COMMITTED = ""


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    parser = step_parser(steps, "corpus", "gather permissively licensed source", EPILOG)
    parser.add_argument(
        "--packages",
        nargs="?",
        const=_COMMITTED,
        metavar="LIST",
        help="fetch the packages of a list with pip, npm and apt-get (no LIST: the one that codex-lsp brings)",
    )
    parser.add_argument(
        "--downloads", type=Path, metavar="DIR", help="keep fetched archives here (default: beside --out)"
    )
    parser.add_argument(
        "--site-packages",
        type=Path,
        action="append",
        metavar="DIR",
        help="read this folder too (default without --packages: this Python's own)",
    )
    parser.add_argument("--distributions", nargs="+", metavar="NAME", help="take these installed distributions only")
    parser.add_argument("--no-standard-library", action="store_true", help="leave out this Python's standard library")
    parser.add_argument(
        "--heldout-share",
        type=share,
        default=0.06,
        help="share of packages held out where the list does not say (default: 0.06)",
    )
    parser.add_argument(
        "--decontaminate",
        type=Path,
        metavar="FILE",
        help=f"13-word hashes of benchmarks to cut out (default: those in the folder that {BENCHMARKS_VARIABLE} names)",
    )
    parser.add_argument("--jobs", type=count, default=1, metavar="N", help="processes that read files (default: 1)")
    parser.set_defaults(run=run_corpus)


def run_corpus(args: argparse.Namespace) -> int:
    """Build a corpus."""
    with training_extra():
        from codex_lsp.training.corpus import CorpusOptions, build_corpus
        from codex_lsp.training.decontamination import BenchmarkData
    folder = os.environ.get(BENCHMARKS_VARIABLE)
    benchmarks = BenchmarkData(hash_list=args.decontaminate, folder=Path(folder) if folder else None)
    listed = _listed(args)
    marked = any(package.heldout for package in listed)
    drawn = None if marked and not args.site_packages else args.heldout_share
    options = CorpusOptions(heldout_share=drawn, benchmarks=benchmarks, jobs=args.jobs)
    manifest = build_corpus(_packages(args, listed), args.out, options, progress)
    train, heldout = manifest["splits"]["train"], manifest["splits"]["heldout"]
    refused = len(manifest["refused"])
    progress(f"{train['files']} files to learn from, {heldout['files']} held out; {refused} packages refused")
    return report(args, manifest)


def _listed(args: argparse.Namespace) -> "list[ListedPackage]":
    """The packages of the list that is asked for, if any."""
    from codex_lsp.training.packages import COMMITTED_LIST, read_list

    if args.packages is None:
        return []
    return read_list(COMMITTED_LIST if args.packages == _COMMITTED else Path(args.packages))


def _packages(args: argparse.Namespace, listed: "list[ListedPackage]") -> Iterator["Package"]:
    """What the flags name."""
    from codex_lsp.training.sources import distributions, standard_library

    sources: list[Iterable[Package]] = []
    if args.distributions is None and not args.no_standard_library:
        sources.append([standard_library()])
    if listed:
        sources.append(_fetched(args, listed))
    elif not args.site_packages:
        sources.append(distributions(Path(sysconfig.get_path("purelib")), args.distributions))
    sources += [distributions(folder, args.distributions) for folder in args.site_packages or []]
    return chain.from_iterable(sources)


def _fetched(args: argparse.Namespace, listed: "list[ListedPackage]") -> Iterator["Package"]:
    from codex_lsp.training.fetched import fetched_packages
    from codex_lsp.training.fetching import Fetcher

    out = args.out.resolve()
    fetcher = Fetcher(args.downloads or out.with_name(out.name + ".downloads"))
    yield from fetched_packages(listed, fetcher, progress)

"""`codex-lsp train corpus`."""

import argparse
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress
from codex_lsp.cli.train.step import report, step_parser, training_extra

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers
    from codex_lsp.training.sources import Package

EPILOG = """example:
  codex-lsp train corpus --out corpus
  codex-lsp train corpus --out corpus --site-packages other/lib/python3.11/site-packages
"""


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    parser = step_parser(steps, "corpus", "gather permissively licensed Python source", EPILOG)
    parser.add_argument(
        "--site-packages",
        type=Path,
        action="append",
        metavar="DIR",
        help="read this folder too (default: this Python's own)",
    )
    parser.add_argument("--distributions", nargs="+", metavar="NAME", help="take these distributions only")
    parser.add_argument("--heldout-share", type=float, default=0.06, help="share of packages held out (default: 0.06)")
    parser.add_argument(
        "--decontaminate", type=Path, metavar="FILE", help="13-word hashes of benchmark problems to leave out"
    )
    parser.set_defaults(run=run_corpus)


def run_corpus(args: argparse.Namespace) -> int:
    """Build a corpus."""
    with training_extra():
        from codex_lsp.training.corpus import CorpusOptions, build_corpus
        from codex_lsp.training.decontamination import BenchmarkHashes
    overlaps = None if args.decontaminate is None else BenchmarkHashes(args.decontaminate).overlaps
    options = CorpusOptions(heldout_share=args.heldout_share, overlaps_benchmark=overlaps)
    manifest = build_corpus(_packages(args), args.out, options, progress)
    train, heldout = manifest["splits"]["train"], manifest["splits"]["heldout"]
    refused = len(manifest["refused"])
    progress(f"{train['files']} files to learn from, {heldout['files']} held out; {refused} packages refused")
    return report(args, manifest)


def _packages(args: argparse.Namespace) -> Iterator["Package"]:
    from codex_lsp.training.sources import distributions, standard_library

    if args.distributions is None:
        yield standard_library()
    for folder in args.site_packages or [Path(sysconfig.get_path("purelib"))]:
        yield from distributions(folder, args.distributions)

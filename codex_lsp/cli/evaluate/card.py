"""`codex-lsp evaluate card MODEL RESULT...`: results go into the card and the manifest of their model."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress
from codex_lsp.cli.train.step import training_extra

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.lines import Subparsers

EPILOG = """examples:
  codex-lsp evaluate card model result.json
  codex-lsp evaluate card model python.json languages.json draft.json    # a draft at the same places beside it
  codex-lsp evaluate card model result.json --benchmark humaneval.json
"""


def add_parser(measures: "Subparsers") -> None:
    """Add the command."""
    text = "put a result of `evaluate lines --json` into an exported model's card"
    parser = measures.add_parser(
        "card", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="a folder that `train codex --export` wrote")
    parser.add_argument(
        "results",
        type=Path,
        nargs="+",
        metavar="RESULT",
        help="a file that `evaluate lines --json` wrote of this model; further ones add languages, or stand beside it",
    )
    parser.add_argument(
        "--benchmark",
        type=Path,
        action="append",
        default=[],
        metavar="RESULT",
        help="a file that `evaluate humaneval --json` or its like wrote of this model; may be given again",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Record a result.

    Raises:
        TrainingError: One of them is something else.
    """
    with training_extra():
        from codex_lsp.training.export import record_evaluation
        from codex_lsp.training.scores import merged, read_benchmark_result, read_result
    found = merged([(path, read_result(path)) for path in args.results])
    rows = [row for path in args.benchmark for row in read_benchmark_result(path)]
    record_evaluation(args.model, found | ({"benchmarks": rows} if rows else {}))
    progress(f"{args.model}: the card shows the scores of {', '.join(map(str, args.results))}")
    return 0

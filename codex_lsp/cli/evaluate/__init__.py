"""`codex-lsp evaluate`: how good a model is."""

import argparse
from typing import TYPE_CHECKING

from codex_lsp.cli.evaluate import assists, card, docstrings, harness, lines, probes, ranking, replay, report

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.lines import Subparsers

MEASURES = (lines, replay, harness, docstrings, ranking, report, probes, card, assists)


def add_parser(subparsers: "Subparsers") -> None:
    """Add `evaluate` and its measures."""
    examples = "".join(measure.EPILOG.removeprefix("examples:\n") for measure in MEASURES)
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a model: line completion, bits per byte, what it saves who types, and what it solves",
        description="Measure a model; results record what made them.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    measures = parser.add_subparsers(dest="measure", required=True, metavar="MEASURE")
    for measure in MEASURES:
        measure.add_parser(measures)

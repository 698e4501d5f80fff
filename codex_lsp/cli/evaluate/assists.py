"""`codex-lsp evaluate assists`: what assists are worth, and what a model is strong enough for."""

import argparse
from typing import TYPE_CHECKING

from codex_lsp.cli.evaluate import assist_capability, assist_solve, assist_tests

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.lines import Subparsers

_MEASURES = (assist_tests, assist_solve, assist_capability)
EPILOG = "".join((_MEASURES[0].EPILOG, *(each.EPILOG.removeprefix("examples:\n") for each in _MEASURES[1:])))


def add_parser(measures: "Subparsers") -> None:
    """Add the measures of assists."""
    text = "what assists are worth, and what a model is strong enough for"
    parser = measures.add_parser(
        "assists", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    subparsers = parser.add_subparsers(dest="assist_measure", required=True, metavar="MEASURE")
    for each in _MEASURES:
        each.add_parser(subparsers)

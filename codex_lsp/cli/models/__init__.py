"""`codex-lsp models`: what is done with a model beside serving it."""

import argparse
from typing import TYPE_CHECKING

from codex_lsp.cli.models import export

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers

ACTIONS = (export,)


def add_parser(subparsers: "Subparsers") -> None:
    """Add `models` and what it does."""
    parser = subparsers.add_parser(
        "models",
        help="write a model for other programs",
        description="Write a model in the format of other programs.",
        epilog=export.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action in ACTIONS:
        action.add_parser(actions)

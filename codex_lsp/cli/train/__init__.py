"""`codex-lsp train`: corpus, tokenizer, pre-training, and what learns from problems or from a repository."""

import argparse
from typing import TYPE_CHECKING

from codex_lsp.cli.train import adapt, codex, codex_d, codex_s, corpus, problems, tokenizer

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers

STEPS = (corpus, tokenizer, codex, problems, codex_s, codex_d, adapt)


def add_parser(subparsers: "Subparsers") -> None:
    """Add `train` and its steps."""
    examples = "".join(step.EPILOG.removeprefix("example:\n") for step in STEPS)
    parser = subparsers.add_parser(
        "train",
        help="make the embedded model, or adapt a model to a repository",
        description="Make the embedded model, step by step, or adapt a model to a repository; each writes a manifest.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    for step in STEPS:
        step.add_parser(steps)

"""`codex-lsp train codex-d`."""

from typing import TYPE_CHECKING

from codex_lsp.cli.train.supervised import supervised_parser

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers

EPILOG = """example:
  codex-lsp train codex-d --problems problems --out run --export codex-d
  codex-lsp train codex-d --problems problems --mix 0.25 --corpus corpus --out run --max-seconds 3000 --export codex-d
"""


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    supervised_parser(steps, "codex-d", "fine-tune a model on problems: docstrings from functions", EPILOG)

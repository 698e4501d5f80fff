"""`codex-lsp train codex-s`."""

from typing import TYPE_CHECKING

from codex_lsp.cli.train.supervised import supervised_parser

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers

EPILOG = """example:
  codex-lsp train codex-s --problems problems --out run --export codex-s
  codex-lsp train codex-s --problems problems --mix 0.25 --corpus corpus --out run --max-seconds 3000 --export codex-s
"""


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    supervised_parser(steps, "codex-s", "fine-tune a model on problems: functions from their docstrings", EPILOG)

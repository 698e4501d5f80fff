"""What the steps of `codex-lsp train` share: their common flags, their report, and the extra they need."""

import argparse
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.output import write_json
from codex_lsp.errors import MissingExtra

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def step_parser(steps: "Subparsers", name: str, text: str, epilog: str) -> argparse.ArgumentParser:
    """The parser of one step, with the flags that every step has."""
    parser = steps.add_parser(
        name, help=text, description=text, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON on stdout")
    parser.add_argument("--seed", type=int, default=0, help="decides every random draw (default: 0)")
    return parser


@contextmanager
def training_extra() -> Generator[None]:
    """Say which extra is missing where an import fails."""
    try:
        yield
    except ImportError as error:
        raise MissingExtra(
            f"training needs {error.name}: `{sys.executable} -m pip install 'codex-lsp[train]'`"
        ) from error


def report(args: argparse.Namespace, manifest: dict[str, Any]) -> int:
    """Print the manifest where `--json` asks for it, and give the exit code."""
    if args.json:
        write_json(manifest)
    return 0

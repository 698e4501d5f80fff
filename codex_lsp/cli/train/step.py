"""What the steps of `codex-lsp train` share: their common flags, their report, and the extra they need."""

import argparse
import math
import sys
from collections.abc import Callable, Generator
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
    parser.add_argument("--seed", type=seed, default=0, help="decides every random draw (default: 0)")
    return parser


def seed(text: str) -> int:
    """A seed that every generator takes."""
    return _whole(text, least=0, most=2**63 - 1)


def count(text: str) -> int:
    """A number of things, at least one."""
    return _whole(text, least=1, most=2**63 - 1)


def count_or_none(text: str) -> int:
    """A number of things, 0 too."""
    return _whole(text, least=0, most=2**63 - 1)


def seconds(text: str) -> float:
    """A finite time above 0."""
    return _real(text, "above 0", lambda value: 0 < value < math.inf)


def factor(text: str) -> float:
    """A finite number above 0."""
    return _real(text, "above 0", lambda value: 0 < value < math.inf)


def share(text: str) -> float:
    """A part of a whole that is not all of it."""
    return _real(text, "from 0 up to below 1", lambda value: 0 <= value < 1)


def _whole(text: str, *, least: int, most: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text[:40]}: expected a whole number from {least} up")
    return value


def _real(text: str, what: str, holds: Callable[[float], bool]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not holds(value):
        raise argparse.ArgumentTypeError(f"{text[:40]}: expected a number {what}")
    return value


@contextmanager
def training_extra() -> Generator[None]:
    """Say which extra is missing where an import fails."""
    try:
        yield
    except ImportError as error:
        if (error.name or "").startswith("codex_lsp"):
            raise  # a fault of ours, which no extra mends
        raise MissingExtra(
            f"training needs {error.name}: `{sys.executable} -m pip install 'codex-lsp[train]'`"
        ) from error


def report(args: argparse.Namespace, manifest: dict[str, Any]) -> int:
    """Print the manifest where `--json` asks for it, and give the exit code."""
    if args.json:
        write_json(manifest)
    return 0

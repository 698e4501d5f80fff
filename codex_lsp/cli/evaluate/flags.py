"""Flags that several measures have."""

import argparse

from codex_lsp.cli.train.step import seed
from codex_lsp.errors import UsageError


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model is measured."""
    parser.add_argument("--model", metavar="MODEL", help="`embedded`, a model folder, or a hub name")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """The seed of all draws."""
    parser.add_argument("--seed", type=seed, default=0, metavar="SEED", help="of all draws (default: 0)")


def add_languages(parser: argparse.ArgumentParser) -> None:
    """Which languages alone are measured."""
    parser.add_argument("--language", action="append", metavar="LANGUAGE", help="only this one; may be given again")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Whether the result is for programs."""
    parser.add_argument("--json", action="store_true", help="write JSON")


def check_count(flag: str, value: int | None, least: int = 1) -> None:
    """See that there are enough; None is a flag that was not given.

    Raises:
        UsageError: There are too few.
    """
    if value is not None and value < least:
        raise UsageError(f"{flag} {value}: too few; give {least} or more")

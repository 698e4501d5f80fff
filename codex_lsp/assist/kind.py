"""The assists by name."""

from enum import StrEnum

PYTHON = "python"
SCRIPTS = ("javascript", "typescript", "javascriptreact", "typescriptreact")
"""LSP language identifiers: what all assists work in, and what tests are made of too."""


class AssistKind(StrEnum):
    """What may be asked for on a function; the values are the command line's and the code actions' names."""

    TESTS = "tests"
    """Tests of the function, run and kept where they hold."""
    DOCSTRING = "docstring"
    EXPLAIN = "explain"
    TRANSLATE = "translate"
    OPTIMISE = "optimise"
    FIX = "fix"
    SOLVE = "solve"
    """A body that passes the function's doctests or tests."""

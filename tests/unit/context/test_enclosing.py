"""The header of the function around the cursor."""

import pytest

from codex_lsp.context.enclosing import enclosing_header

PYTHON = '''import os

class A:
    # Adds.
    @cache
    def add(
        self,
        a: int,
    ) -> int:
        """Add.

        Well.
        """
        # First of all:
        b = a
        if b:
            '''
HEADER = PYTHON[PYTHON.index("    # Adds") : PYTHON.index("        b = a")]


def header_of(prefix: str, language: str = "python") -> str | None:
    found = enclosing_header(prefix, language)
    return prefix[found[0] : found[1]] if found is not None else None


def test_comments_decorators_signature_docstring() -> None:
    assert header_of(PYTHON) == HEADER
    assert header_of(PYTHON + "return b") == HEADER
    assert header_of(PYTHON + "return b\n        ") == HEADER
    assert header_of(PYTHON + "return b\n") == HEADER


def test_one_line_docstring_and_none() -> None:
    assert header_of('def f():\n    """One."""\n    x = ') == 'def f():\n    """One."""\n'
    assert header_of("def f():\n    x = ") == "def f():\n"
    assert header_of("def f():\n") == "def f():\n"


def test_unfinished_docstring() -> None:
    assert header_of('def f():\n    """One\n    two') == 'def f():\n    """One\n    two'


@pytest.mark.parametrize("prefix", ["", "x = 1\n", "def f():\n    pass\nx = ", "class A:\n    x = ", "if x:\n    y"])
def test_no_function_around(prefix: str) -> None:
    assert header_of(prefix) is None


def test_braces() -> None:
    text = "/* adds */\nfunction add(a, b) {\n  if (a) {\n    return "
    assert header_of(text, "javascript") == "/* adds */\nfunction add(a, b) {\n"


def test_a_minified_line_is_read_once() -> None:
    """Its length squared would never end."""
    minified = "(){" * 30_000 + "x"
    assert enclosing_header(f"{minified}\n    y", "javascript") is None
    assert enclosing_header(f"f(a) {{\n    {minified}\n    y", "javascript") == (0, 7)

"""The header of the function around the cursor."""

import pytest

from codex_lsp.context.enclosing import enclosing_headers

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


def headers_of(prefix: str, language: str = "python") -> list[str]:
    return [prefix[header.start : header.end] for header in enclosing_headers(prefix, language)]


def header_of(prefix: str, language: str = "python") -> str | None:
    """The innermost one."""
    found = headers_of(prefix, language)
    return found[-1] if found else None


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


@pytest.mark.parametrize("prefix", ["", "x = 1\n", "def f():\n    pass\nx = ", "if x:\n    y"])
def test_nothing_around(prefix: str) -> None:
    assert header_of(prefix) is None


def test_classes_and_functions_outermost_first() -> None:
    assert headers_of(PYTHON) == ["class A:\n", HEADER]
    assert headers_of("@final\nclass A(B):\n    x = 1\n    class C:\n        x = ") == [
        "@final\nclass A(B):\n",
        "    class C:\n",
    ]
    text = "export class A {\n  add(a) {\n    if (a) {\n      return "
    assert headers_of(text, "typescript") == ["export class A {\n", "  add(a) {\n"]


def test_the_parts_of_a_header() -> None:
    (header,) = enclosing_headers('# Why.\ndef f(\n    a,\n):\n    """One."""\n    x = ', "python")
    assert (header.start, header.name, header.signature_end, header.end) == (0, 7, 24, 39)


def test_braces() -> None:
    text = "/* adds */\nfunction add(a, b) {\n  if (a) {\n    return "
    assert header_of(text, "javascript") == "/* adds */\nfunction add(a, b) {\n"


def test_a_minified_line_is_read_once() -> None:
    """Its length squared would never end."""
    minified = "(){" * 30_000 + "x"
    assert headers_of(f"{minified}\n    y", "javascript") == []
    assert headers_of(f"f(a) {{\n    {minified}\n    y", "javascript") == ["f(a) {\n"]

"""Columns of indentation."""

import pytest

from codex_lsp.context.indentation import indent_columns, indent_unit


@pytest.mark.parametrize(
    ("line", "columns"), [("", 0), ("x  ", 0), ("  x", 2), ("\tx", 8), ("   \tx", 8), ("\t x", 9), ("    ", 4)]
)
def test_indent_columns(line: str, columns: int) -> None:
    assert indent_columns(line) == columns


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("if x:\n    y\n", "    "),
        ("if x:\n  if y:\n    z\n", "  "),
        ("f {\n\tg\n}\n", "\t"),
        ("if x:\n   y\n", "   "),
        ("if x:\n  y\nif x:\n    y\n", None),
        ("if x:\n\ty\nif x:\n    y\n", None),
        ("f(a,\n  b)\n", None),
        ("x\n", None),
        ("if x:\n \ty\n", None),
    ],
)
def test_indent_unit(text: str, unit: str | None) -> None:
    assert indent_unit(text) == unit

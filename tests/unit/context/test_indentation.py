"""Columns of indentation."""

import pytest

from codex_lsp.context.indentation import indent_columns


@pytest.mark.parametrize(
    ("line", "columns"), [("", 0), ("x  ", 0), ("  x", 2), ("\tx", 8), ("   \tx", 8), ("\t x", 9), ("    ", 4)]
)
def test_indent_columns(line: str, columns: int) -> None:
    assert indent_columns(line) == columns

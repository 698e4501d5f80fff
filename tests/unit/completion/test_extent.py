"""How much is completed, and how a model is told."""

import pytest

from codex_lsp.completion.extent import (
    LEFT_TO_RIGHT_STOPS,
    Extent,
    ExtentKind,
    extent_at,
    stop_indent_at,
    stops_at,
)
from tests.unit.completion.scenes import context_of

LINE, STATEMENT, BLOCK, NEXT = ExtentKind


@pytest.mark.parametrize(
    ("document", "kind", "indent"),
    [
        ("x = ║y\n", LINE, 0),
        ("def f(║):\n", LINE, 0),
        ("    f(║)\n", STATEMENT, 4),
        ("    f(║),\n", STATEMENT, 4),
        ("    f('║')  \n", STATEMENT, 4),
        ("\tx = ║\n", STATEMENT, 8),
        ("def f():\n    ║\n", BLOCK, 3),
        ("def f():\n║", BLOCK, 0),
        ("    def f():\n    ║", BLOCK, 4),
        ("    if x {\n\n  ║", BLOCK, 4),
        ("def f():\n    x = 1\n    ║", NEXT, 4),
        ("def f():\n    ║\n    return 1\n", NEXT, 4),
        ("def f():\n    ║\n\nf()\n", BLOCK, 3),
        ("def f():\n    # one\n    ║\n", BLOCK, 3),
        ("    x = 1\n    # then║", NEXT, 4),
        ('def f():\n    """Doc."""║', BLOCK, 3),
        ('def f():\n    """Doc."""\n    ║', BLOCK, 3),
        ("x = 1\n║", NEXT, 0),
        ("# then║", NEXT, 0),
        ("║", NEXT, 0),
    ],
)
def test_extent_at(document: str, kind: ExtentKind, indent: int) -> None:
    extent = extent_at(context_of(document))
    assert (extent.kind, extent.indent) == (kind, indent)


@pytest.mark.parametrize(
    ("language", "document", "closes"),
    [
        ("javascript", "function f() {\n  ║", True),
        ("javascript", "function f() {\n  ║\n}\n", False),
        ("javascript", "class A {\n  f() {\n    ║\n}\n", True),
        ("javascript", "class A {\n  f() {\n    ║\n  }\n}\n", False),
        ("csharp", "void F()\n{\n    ║\n\nvoid G()\n{\n}\n", True),
        ("ruby", "def f\n  ║", True),
        ("ruby", "def f\n  ║\nend\n", False),
        ("shellscript", "if a; then\n  ║\n", True),
        ("python", "def f():\n    ║", False),
        ("javascript", "function f() {\n  a();\n║", True),
        ("javascript", "function f() {\n  a();\n║\n}", False),
        ("javascript", "function f() {\n  a();\n}\n║", False),
    ],
)
def test_a_block_is_closed_where_the_document_does_not(language: str, document: str, closes: bool) -> None:  # noqa: FBT001
    assert extent_at(context_of(document, language=language)).closes is closes


@pytest.mark.parametrize(
    ("extent", "stop_indent"),
    [
        (Extent(kind=LINE, indent=4), None),
        (Extent(kind=STATEMENT, indent=4), 3),
        (Extent(kind=STATEMENT, indent=0), None),
        (Extent(kind=BLOCK, indent=3), 3),
        (Extent(kind=BLOCK, indent=0), 0),
        (Extent(kind=BLOCK, indent=3, closes=True), 2),
        (Extent(kind=BLOCK, indent=0, closes=True), None),
        (Extent(kind=NEXT, indent=4), 3),
        (Extent(kind=NEXT, indent=0), None),
    ],
)
def test_stop_indent_at(extent: Extent, stop_indent: int | None) -> None:
    assert stop_indent_at(extent) == stop_indent


def test_stops_at() -> None:
    line, block = Extent(kind=LINE, indent=0), Extent(kind=BLOCK, indent=0)
    assert stops_at(line, fim=True) == stops_at(line, fim=False) == ("\n",)
    assert stops_at(block, fim=True) == ()
    assert stops_at(block, fim=False) == LEFT_TO_RIGHT_STOPS

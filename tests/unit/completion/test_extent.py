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

LINE, STATEMENT, BLOCK, TOP_LEVEL = ExtentKind


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
        ("    x = 1\n    # then║", BLOCK, 3),
        ('    """Doc."""║', BLOCK, 3),
        ("x = 1\n║", TOP_LEVEL, 0),
        ("# then║", TOP_LEVEL, 0),
        ("║", TOP_LEVEL, 0),
    ],
)
def test_extent_at(document: str, kind: ExtentKind, indent: int) -> None:
    assert extent_at(context_of(document)) == Extent(kind=kind, indent=indent)


@pytest.mark.parametrize(
    ("extent", "stop_indent"),
    [
        (Extent(kind=LINE, indent=4), None),
        (Extent(kind=STATEMENT, indent=4), 3),
        (Extent(kind=STATEMENT, indent=0), None),
        (Extent(kind=BLOCK, indent=3), 3),
        (Extent(kind=BLOCK, indent=0), 0),
        (Extent(kind=TOP_LEVEL, indent=0), None),
    ],
)
def test_stop_indent_at(extent: Extent, stop_indent: int | None) -> None:
    assert stop_indent_at(extent) == stop_indent


def test_stops_at() -> None:
    line, block = Extent(kind=LINE, indent=0), Extent(kind=BLOCK, indent=0)
    assert stops_at(line, fim=True) == stops_at(line, fim=False) == ("\n",)
    assert stops_at(block, fim=True) == ()
    assert stops_at(block, fim=False) == LEFT_TO_RIGHT_STOPS

"""Repairs of what the compiler refuses: each compiles, and the first is the one that was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.syntax_repairs import syntax_error, syntax_repairs


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("def f(x)\n    return x\n", "def f(x):\n    return x\n"),
        ("if x  # why\n    y\n", "if x:  # why\n    y\n"),
        ("class A\r\n    pass\r\n", "class A:\r\n    pass\r\n"),
        ("x = (1 + 2\ny = 3\n", "x = (1 + 2)\ny = 3\n"),
        ("def f(a, b:\n    return a\n", "def f(a, b):\n    return a\n"),
        ("x = [1, 2))\n", "x = [1, 2])\n"),
        ("x = f(1))\n", "x = f(1)\n"),
        ("x = f(1]\n", "x = f(1)\n"),
        ("print('a)\n", "print('a')\n"),
        ('x = "abc\ny = 1\n', 'x = "abc"\ny = 1\n'),
        ("if x = 1:\n    pass\n", "if x == 1:\n    pass\n"),
        ("print 'a', 1  # say\n", "print('a', 1)  # say\n"),
        ("x =\u00a01\n", "x = 1\n"),
        ("x = \u201cab\u201d\n", 'x = "ab"\n'),
    ],
)
def test_obvious_ones(text: str, mended: str) -> None:
    repairs = [repair.made_in(text) for repair in syntax_repairs(text)]
    if mended == "x = [1, 2])\n":
        assert repairs == []  # two mistakes are not obvious
    else:
        assert repairs[0] == mended


@pytest.mark.parametrize("text", ["x = = 1\n", "  x = 1\n y = 2\n", "return\n", "x = 1\n", "\0"])
def test_what_is_not_obvious_is_left_alone(text: str) -> None:
    assert list(syntax_repairs(text)) == []


@given(st.text(alphabet="def f(x):\n [{]})'\"=#+1,\u00a0é", max_size=40))
def test_every_repair_compiles(text: str) -> None:
    for repair in syntax_repairs(text):
        assert syntax_error(repair.made_in(text)) is None

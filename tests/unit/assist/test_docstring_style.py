"""Styles of docstrings: found by counting, written as people write them."""

import pytest

from codex_lsp.assist.docstring_style import DocstringStyle, docstring_text, sections_of, style_of
from codex_lsp.assist.function import function_at
from codex_lsp.assist.function_facts import facts_of

GOOGLE = 'def g(x):\n    """Do.\n\n    Args:\n        x: It.\n    """\n'
NUMPY = 'def n(x):\n    """Do.\n\n    Parameters\n    ----------\n    x : int\n    """\n'
SPHINX = 'def s(x):\n    """Do.\n\n    :param x: It.\n    """\n'
TEXT = '''
def take(n: int, *rest, key="a"):
    """Old.

    >>> take(1,
    ...      2)
    3
    """
    if n < 0:
        raise ValueError("n")
    return n
'''


@pytest.mark.parametrize(
    ("text", "style"),
    [
        (GOOGLE, DocstringStyle.GOOGLE),
        (NUMPY + GOOGLE + NUMPY.replace("def n", "def m"), DocstringStyle.NUMPY),
        (SPHINX, DocstringStyle.SPHINX),
        ('"""Module."""\ndef f():\n    "One line."\n', None),
        ("x = 'Args:'\n", None),
    ],
)
def test_the_style_of_most_docstrings(text: str, style: DocstringStyle | None) -> None:
    assert style_of(text) is style


EXPECTED = {
    DocstringStyle.GOOGLE: """Take.

Args:
    n (int): For example `3`.
    *rest: Any number of them.
    key: `'a'` where it is not given.

Returns:
    For example `3` for `take(3)`.

Raises:
    ValueError: Where `n < 0`.

Examples:
    >>> take(1,
    ...      2)
    3""",
    DocstringStyle.NUMPY: """Take.

Parameters
----------
n : int
    For example `3`.
*rest
    Any number of them.
key
    `'a'` where it is not given.

Returns
-------
object
    For example `3` for `take(3)`.

Raises
------
ValueError
    Where `n < 0`.

Examples
--------
>>> take(1,
...      2)
3""",
    DocstringStyle.SPHINX: """Take.

:param n: For example `3`.
:type n: int
:param rest: Any number of them.
:param key: `'a'` where it is not given.
:returns: For example `3` for `take(3)`.
:raises ValueError: Where `n < 0`.

>>> take(1,
...      2)
3""",
}


@pytest.mark.parametrize("style", list(DocstringStyle))
def test_sections_in_each_style(style: DocstringStyle) -> None:
    function = function_at(TEXT, TEXT.index("return n"))
    shown = {"n": "For example `3`.", "return": "For example `3` for `take(3)`."}
    text = docstring_text("Take.", sections_of(function, facts_of(function), shown), style)
    assert text == EXPECTED[style]
    # What was written in a style is found as that style.
    literal = "\n    ".join(text.split("\n"))
    assert style_of(f'def f():\n    """{literal}\n    """\n') is style


def test_a_function_without_anything_has_no_sections() -> None:
    function = function_at("def f(): pass", 0)
    assert docstring_text("Do.", sections_of(function, facts_of(function)), DocstringStyle.GOOGLE) == "Do."


def test_a_generator_yields() -> None:
    function = function_at("def f() -> Iterator[int]:\n    yield 1\n", 0)
    text = docstring_text("Do.", sections_of(function, facts_of(function)), DocstringStyle.GOOGLE)
    assert text == "Do.\n\nYields:\n    Iterator[int]:"

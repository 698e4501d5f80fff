import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.outline import Outline

SOURCE = '''"""A module."""

import functools


@functools.cache
@functools.wraps(
    print
)
def first(a):
    """One.

    >>> first(1)
    """
    return a


class Stack:
    """Holds."""

    def push(self, item):
        def inner():
            return item

        return inner

TEXT = """
def not_a_function():
    pass
"""


async def last():
    if True:
        return 1
'''


def whole(text: str, before: Outline | None = None) -> Outline:
    outline = Outline(text, before)
    for _ in outline.read():
        pass
    return outline


def name_at(text: str, line: int, column: int = 99) -> str | None:
    lines = text.split("\n")
    found = whole(text).function_at(line, column, lambda number: not lines[number].strip())
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        ("import functools", None),
        ("@functools.cache", "first"),
        ("    print\n", "first"),
        ("    >>> first", "first"),
        ("class Stack", None),
        ("    def push", "push"),
        ("            return item", "inner"),
        ("        return inner", "push"),
        ("def not_a_function", None),
        ("async def last", "last"),
        ("        return 1", "last"),
    ],
)
def test_the_innermost_function_holds_a_line(marked: str, name: str | None) -> None:
    line = SOURCE[: SOURCE.index(marked)].count("\n")
    assert name_at(SOURCE, line) == name


def test_what_is_told_of_a_function() -> None:
    lines = SOURCE.split("\n")
    outline = whole(SOURCE)

    def is_blank(number: int) -> bool:
        return not lines[number].strip()

    first = outline.function_at(lines.index("    return a"), 0, is_blank)
    assert first is not None
    assert (lines[first.first], lines[first.body], lines[first.last]) == (
        "@functools.cache",
        '    """One.',
        "    return a",
    )
    assert (first.has_examples, first.is_method, first.is_nested) == (True, False, False)
    push = outline.function_at(lines.index("        return inner"), 0, is_blank)
    assert push is not None
    assert (push.has_examples, push.is_method, push.is_nested) == (False, True, False)
    inner = outline.function_at(lines.index("            return item"), 0, is_blank)
    assert inner is not None
    assert (inner.is_method, inner.is_nested) == (False, True)


def test_a_blank_line_below_belongs_where_the_cursor_is_indented() -> None:
    text = 'def stub():\n    """Say."""\n    \n\nx = 1\n'
    assert name_at(text, 2, 4) == "stub"
    assert name_at(text, 3, 0) is None
    assert name_at(text, 4, 4) is None


def test_only_what_was_changed_is_read_again() -> None:
    before = whole(SOURCE)
    after = Outline(SOURCE.replace("return a\n", "return a + 1\n"), before)
    assert len(list(after.read())) == 1
    assert after.parses
    assert not whole(SOURCE.replace("return a\n", "return (\n"), before).parses


@pytest.mark.parametrize("text", ["def f(:\n", "x = (\n", "def f():\n", "\0", "x = '''\ndef f():\n    pass\n"])
def test_what_does_not_parse_has_no_functions(text: str) -> None:
    outline = whole(text)
    assert not outline.parses
    assert outline.function_at(0, 0, lambda _: True) is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_the_protocol(end: str) -> None:
    text = "\ufeffx = 1\n\ndef f():\n    return '\x0c\u2028'\n\n\ndef g():\n    return 2\n".replace("\n", end)
    outline = whole(text)
    found = outline.function_at(7, 4, lambda _: False)
    assert found is not None
    assert (found.name, found.first, found.last) == ("g", 6, 7)


PARTS = st.sampled_from(
    [
        "def f(a):\n    return a\n",
        "class C:\n    def m(self):\n        return 1\n",
        "@property\ndef p():\n    '''def'''\n",
        'x = """\ndef no():\n"""\n',
        "y = '''\nclass No:\n'''\n",
        '# it\'s a """ comment\n',
        "\n",
        "if x:\n    def g():\n        pass\nelse:\n    z = 1\n",
    ]
)


@given(st.lists(PARTS, max_size=12).map("".join))
def test_pieces_say_what_the_whole_says(text: str) -> None:
    outline = whole(text)
    assert outline.parses
    wanted = {(node.name, node.lineno - 1) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    lines = text.split("\n")
    for name, line in wanted:
        found = outline.function_at(line, 0, lambda number: not lines[number].strip())
        assert found is not None
        assert found.name == name

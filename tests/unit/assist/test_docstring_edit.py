"""Docstrings go into functions so that they read back as they are."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.docstring_edit import docstring_edit, without_docstring
from codex_lsp.assist.docstring_words import says_something, sentences_of
from codex_lsp.assist.function import function_at
from codex_lsp.errors import AssistRefused


def put(text: str, docstring: str, marker: str = "def f") -> str | None:
    edit = docstring_edit(text, function_at(text, text.index(marker)), docstring)
    return None if edit is None else text[: edit.start] + edit.text + text[edit.end :]


@pytest.mark.parametrize(
    ("text", "docstring", "after"),
    [
        ("def f():\n    return 1\n", "Do.", 'def f():\n    """Do."""\n    return 1\n'),
        ("def f():\n\treturn 1\n", "Do.\n\nMore.", 'def f():\n\t"""Do.\n\n\tMore.\n\t"""\n\treturn 1\n'),
        ("def f(): return 1\n", "Do.", 'def f():\n    """Do."""\n    return 1\n'),
        ("def f():\n    'Old.'\n    return 1\n", "Do.", "def f():\n    '''Do.'''\n    return 1\n"),
        (
            "class C:\n    def f(self):\n        pass\n",
            "Do.",
            'class C:\n    def f(self):\n        """Do."""\n        pass\n',
        ),
        (
            "def f():\r\n    pass\r\n",
            "Do.\n\nMore.",
            'def f():\r\n    """Do.\r\n\r\n    More.\r\n    """\r\n    pass\r\n',
        ),
        ("def f():\n    pass\n", "A \\d.", 'def f():\n    r"""A \\d."""\n    pass\n'),
        ("def f():\n    pass\n", 'Say "it"', 'def f():\n    """Say "it\\""""\n    pass\n'),
        ("def f():  # why\n    # what\n    pass\n", "Do.", 'def f():  # why\n    """Do."""\n    # what\n    pass\n'),
    ],
)  # fmt: skip
def test_places_quotes_and_escapes(text: str, docstring: str, after: str) -> None:
    assert put(text, docstring) == after


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("\n\\\"'"), max_size=60))
def test_whatever_is_put_in_reads_back_or_is_refused(docstring: str) -> None:
    docstring = inspect.cleandoc(docstring).strip()
    after = put("def f(a):\n    return a\n", docstring)
    if after is not None:
        function = function_at(after, 0)
        assert function.docstring == docstring
        assert after.endswith("    return a\n")
    else:
        assert not docstring.isprintable() or not docstring


def test_a_function_without_its_docstring() -> None:
    text = 'class C:\n    def f(self):\n        """Old.\n\n        More.\n        """\n        return 1\n'
    assert without_docstring(text, function_at(text, text.index("def f"))) == "def f(self):\n    return 1"
    one_line = "def f(): 'Old.'; return 1\n"
    assert without_docstring(one_line, function_at(one_line, 0)) == "def f(): return 1"
    plain = "def f():\n    return 1\n"
    assert without_docstring(plain, function_at(plain, 0)) == plain.rstrip()


def test_a_function_that_is_only_a_docstring_has_nothing_to_describe() -> None:
    text = "def f():\n    'Old.'\n"
    with pytest.raises(AssistRefused, match="no body"):
        without_docstring(text, function_at(text, 0))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Add two numbers\n", "Add two numbers."),
        ("add two numbers\n\nThey may be negative.\n\nArgs:\n    a: x\n", "Add two numbers.\n\nThey may be negative."),
        ('"""Add two numbers."""\n\ndef more(): ...', "Add two numbers."),
        ("    Add two numbers and\n    give the sum.\n    >>> add(1)\n", "Add two numbers and\ngive the sum."),
        (":param a: nothing", ""),
        ("Do.", ""),
        ("", ""),
    ],
)
def test_sentences_of_an_answer(answer: str, words: str) -> None:
    found, end = sentences_of(answer)
    assert found == words
    assert end <= len(answer)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Give the sum of two numbers.", True),
        ("Give the sum.\n\nBoth may be negative: then it is, too.", True),
        ("Return result.", False),
        ("The result.", False),
        ("Return max(numbers, key=num).", False),
        ("Running sum = 0\nfor i in numbers:\nreturn i", False),
        ("Letter for letter in text", False),
        ("[][][](((a b c", False),
    ],
)
def test_words_that_are_prose(words: str, *, says: bool) -> None:
    assert says_something(words, "def f():\n    return result\n    letter for letter in text\n") is says

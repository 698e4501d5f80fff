from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.training.definitions import enclosing, top_level_starts

PYTHON = '''import os

@decorated
@twice
def one():
    """
at the margin
    """
    return 1

class Two:
    pass
'''
GO = "package main\n\nfunc one() {\n\treturn\n}\n\nfunc two() {\n}\n"


def test_python_definitions_are_parsed() -> None:
    assert top_level_starts(PYTHON, "python") == [0, 2, 10]


def test_python_that_does_not_parse_is_cut_at_the_margin() -> None:
    assert 1 in top_level_starts("x = (\ndef f():\n    pass\n", "python")


def test_other_languages_are_cut_at_the_margin() -> None:
    assert top_level_starts(GO, "go") == [0, 2, 6]


def test_an_opening_brace_alone_belongs_to_what_is_above() -> None:
    assert top_level_starts("class A\n{\n  int x;\n}\nclass B\n{\n}\n", "csharp") == [0, 4]


@given(st.text("ab \n{}()", max_size=60), st.sampled_from(["python", "go", "ruby"]))
def test_every_line_is_in_exactly_one_range(text: str, language: str) -> None:
    starts, count = top_level_starts(text, language), text.count("\n") + 1
    ranges = {enclosing(starts, line, count) for line in range(count)}
    assert sorted(line for begin, end in ranges for line in range(begin, end)) == list(range(count))
    assert all(begin <= line < end for line in range(count) for begin, end in [enclosing(starts, line, count)])

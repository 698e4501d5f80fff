"""How tests are written: names, layout, imports, and which of them are needed."""

import ast
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.case import Case, Origin
from codex_lsp.assist.expression_layout import Layout, laid_out
from codex_lsp.assist.file_of_tests import Target, edits_of, named_tests
from codex_lsp.assist.import_merge import merged_imports
from codex_lsp.assist.kept_test import KeptTest
from codex_lsp.assist.pruning import smallest_cover
from codex_lsp.assist.result import FileEdit
from codex_lsp.assist.tests_layout import TestStyle

SETS = st.lists(st.frozensets(st.integers(0, 6)), max_size=8)
VALUES = st.recursive(
    st.one_of(st.integers(), st.text(max_size=12), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=6), st.dictionaries(st.text(max_size=4), inner, max_size=4)),
    max_leaves=12,
)


def written(*tests: KeptTest, before: str | None = None, style: TestStyle = TestStyle.PYTEST) -> str:
    target = Target(
        module="pkg.mod", tree=ast.parse("import math\nclass E(Exception): ...\ndef f(x): ...\n"), qualname="f",
        style=style, before=before,
    )  # fmt: skip
    edit = FileEdit(path=None, before=before, edits=edits_of(named_tests(tests, target), target), label="")
    ast.parse(edit.after)
    return edit.after


def kept(call: str, value: str | None = None, exception: str | None = None) -> KeptTest:
    return KeptTest(case=Case(call=call, origin=Origin.DERIVED), value=value, exception=exception)


@given(SETS, st.data())
def test_a_cover_reaches_all_and_none_of_what_was_added_is_needless(
    reached: list[frozenset[int]], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(reached)))
    chosen = smallest_cover(reached, first=first)
    assert frozenset[int]().union(*(reached[at] for at in chosen)) == frozenset[int]().union(*reached)
    for at in chosen:
        others = frozenset[int]().union(*(reached[other] for other in chosen if other != at))
        assert at < first or not reached[at] <= others


@given(VALUES, st.integers(0, 60))
def test_a_laid_out_expression_means_the_same(value: object, column: int) -> None:
    text = laid_out(f"f({value!r}, 1)", start=4, column=column, layout=Layout(width=40))
    assert ast.dump(ast.parse(text, mode="eval")) == ast.dump(ast.parse(f"f({value!r}, 1)", mode="eval"))


def test_a_long_value_is_written_over_several_lines_in_the_quotes_of_the_file() -> None:
    words = [f"word number {number}" for number in range(6)]
    text = written(kept(f"f({words})", repr(words)), before="x = 'a'\n")
    assert all(len(line) <= 88 for line in text.splitlines())
    assert "    result = f(\n        [\n            'word number 0',\n" in text
    assert "    assert result == [\n        'word number 0',\n" in text


def test_imports_and_names_that_are_there_are_taken_into_account() -> None:
    before = '"""Tests."""\n\nfrom pkg.mod import g\n\n\ndef test_f_of_one():\n    assert g(1)\n'
    text = written(kept("f(1)", "0.123456789"), kept("f(math.inf)", exception="E"), before=before)
    assert text.startswith('"""Tests."""\n\nfrom pkg.mod import E, f, g\n')
    assert "\nimport math\nimport pytest\n" in text
    assert "def test_f_of_one_2():\n    assert f(1) == pytest.approx(0.123456789)\n" in text
    assert "def test_f_raises_e_for_inf():\n    with pytest.raises(E):\n        f(math.inf)\n" in text


def test_a_comparison_is_asserted_as_it_stands() -> None:
    text = written(kept("f(1) == {}", "True"), kept("f(2) > 1", "False"), kept("f(3) or 'a'", "'a'"))
    for line in ("assert f(1) == {}", "assert (f(2) > 1) is False", 'assert (f(3) or "a") == "a"'):
        assert f"    {line}\n" in text


def test_names_that_a_value_needs_come_with_those_of_the_module() -> None:
    test = replace(
        kept("f(1)", "E('x', Decimal('2'))"), imports=("from decimal import Decimal", "from pkg.mod import E")
    )
    assert written(test).startswith("from decimal import Decimal\n\nfrom pkg.mod import E, f\n\n\n")


def test_unittest_has_assertions_of_its_own() -> None:
    text = written(kept("f(1)", "True"), kept("f(2)", "None"), kept("f(3)", "[1]"), style=TestStyle.UNITTEST)
    assert text.startswith("import unittest\n\nfrom pkg.mod import f\n\n\nclass FTest(unittest.TestCase):\n")
    for line in ("self.assertIs(f(1), True)", "self.assertIsNone(f(2))", "self.assertEqual(f(3), [1])"):
        assert f"        {line}\n" in text


def test_windows_line_ends_stay() -> None:
    before = "import os\r\n\r\n\r\ndef test_os():\r\n    assert os\r\n"
    text = written(kept("f(1)", "2"), before=before)
    assert "\n" not in text.replace("\r\n", "")


def test_an_import_goes_below_the_docstring_where_there_is_no_other() -> None:
    text = '"""Say."""\n\nX = 1\n'
    edit = FileEdit(path=None, before=text, edits=merged_imports(text, ("import pytest",)), label="")
    assert edit.after == '"""Say."""\n\nimport pytest\n\nX = 1\n'

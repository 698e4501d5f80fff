"""Names that nothing defines, imports that nothing uses: and never one too many."""

import sys
from pathlib import Path

import pytest

from codex_lsp.assist.name_check import NameFault, NameProblem, known_problem, name_problems, tells_of_names
from codex_lsp.assist.request import Problem


def said(text: str) -> set[tuple[str, str]]:
    found = name_problems(text)
    assert found is not None
    return {(each.fault.value, each.name) for each in found}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("x = y\n", {("undefined", "y")}),
        ("def f():\n    return math.pi\n", {("undefined", "math")}),
        ("import os\nimport sys\nprint(sys)\n", {("unused import", "os")}),
        ("import os.path\n", {("unused import", "os")}),
        ("from a import b as c\n", {("unused import", "c")}),
        ("from a import b as b\nimport c as c\n", set[tuple[str, str]]()),
        ("import a\n__all__ = ['a']\n", set[tuple[str, str]]()),
        ("from a import B\ndef f(x: 'B'): pass\n", set[tuple[str, str]]()),
        ("from __future__ import annotations\n", set[tuple[str, str]]()),
        ("def f():\n    global g\n    g = 1\nprint(g, __file__)\n", set[tuple[str, str]]()),
        ("class A:\n    b = 1\n    def c(self): return [d for d in self.e]\n", set[tuple[str, str]]()),
        ("try:\n    unicode\nexcept NameError as error:\n    print(error)\n", {("undefined", "unicode")}),
        ("lambda x: (y := x) + y\n", set[tuple[str, str]]()),
        ("match 1:\n    case [a, *b]:\n        print(a, b)\n", set[tuple[str, str]]()),
    ],
)
def test_what_it_says(text: str, problems: set[tuple[str, str]]) -> None:
    assert said(text) == problems


@pytest.mark.parametrize("text", ["from a import *\nx\n", "exec('x = 1')\nx\n", "globals()['x'] = 1\nx\n", "def f(:\n"])
def test_what_cannot_be_told_is_not_said(text: str) -> None:
    assert name_problems(text) is None


def test_the_standard_library_defines_its_names() -> None:
    folder = Path(sys.modules["json"].__file__ or "").parent
    for path in sorted(folder.glob("*.py")):
        assert not [each for each in name_problems(path.read_text()) or () if each.fault is NameFault.UNDEFINED]


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Undefined name `y`", "y"),
        ("undefined name 'y'", "y"),
        ('"y" is not defined', "y"),
        ('Name "y" is not defined', "y"),
        ("NameError: name 'y' is not defined", "y"),
        ("Undefined variable 'y'", "y"),
        ("`collections.deque` imported but unused", "deque"),
        ("'os.path' imported but unused", "os"),
        ("`json` as `j` imported but unused", "j"),
        ("Unused import json as j", "j"),
        ('Import "os" is not accessed', "os"),
        ('"deque" is not accessed', "deque"),
        ("Unused deque imported from collections", "deque"),
    ],
)
def test_tools_say_the_same_in_their_own_words(message: str, name: str) -> None:
    text = "import os.path\nimport json as j\nfrom collections import deque\nx = y\n"
    known = known_problem(Problem(message=message, start=0, end=0), text)
    assert known is not None
    assert known.name == name
    assert tells_of_names(message)


def test_what_our_check_does_not_find_is_not_known() -> None:
    assert known_problem(Problem(message="Undefined name `x`", start=0, end=0), "x = 1\n") is None
    assert known_problem(Problem(message="Line too long", start=0, end=0), "x = y\n") is None
    assert NameProblem(NameFault.UNDEFINED, "y") in (name_problems("x = y\n") or ())

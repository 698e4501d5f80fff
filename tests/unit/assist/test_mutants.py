"""Mutants: each is Python with one change inside the function, and the set is the same every time."""

import ast

import pytest

from codex_lsp.assist.function import functions_in
from codex_lsp.assist.mutants import mutants_of

MODULE = '''import os


class Sums:
    """A class."""

    def total(self, xs: "list[int]", n=3):
        """A total of 3 things; `1 < 2`."""
        total = 0
        for i in range(0, len(xs)):
            if xs[i] < n and xs[i] is not None or not n:
                total += xs[i] * -1
                continue
            if self.ok:
                break
        self.go(f"{n + 1} {'é'}", [x for x in xs[1:n] if x])
        return "é" if total else None


def other(a): return a + 1
'''


def described(source: str) -> list[tuple[int, str]]:
    (function,) = functions_in(source)
    found = sorted(mutants_of(source, function, 100), key=lambda mutant: mutant.line)
    return [(mutant.line, mutant.description) for mutant in found]


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ("return a < b", ["`return a < b` becomes `return None`", "`a < b` becomes `(a <= b)`"]),
        ("return a == b", ["`return a == b` becomes `return None`", "`a == b` becomes `(a != b)`"]),
        ("return -a", ["`return -a` becomes `return None`", "`-a` becomes `a`"]),
        ("x = a and b", ["`a and b` becomes `(a or b)`"]),
        ("x = a // b", ["`a // b` becomes `(a / b)`"]),
        ("x = True", ["`True` becomes `False`"]),
        ("x = 'é'", ["`'é'` becomes `''`"]),
        ("x = b''", ["`b''` becomes `b'XX'`"]),
        ("x = 1.5", ["`1.5` becomes `2.5`"]),
        ("x = range(b)", ["`range(b)` becomes `range(b + 1)`", "`range(b)` becomes `range(b - 1)`"]),
        ("x = a[b:]", ["`a[b:]` becomes `a[b + 1:]`"]),
        ("raise a", ["`raise a` becomes `pass`"]),
        ("print(a)", ["`print(a)` becomes `pass`"]),
        ("x = a if b else c", ["`a if b else c` becomes `(c if b else a)`"]),
        ("x: 'int' = f'{a + 1}'", []),
        ("pass", []),
        ("return None", []),
        ("'''Doc 1 < 2.'''\n    return", []),
    ],
)
def test_changes(body: str, changes: list[str]) -> None:
    assert [change for _, change in described(f"def f(a, b):\n    {body}\n")] == changes


def test_what_loops_and_tests_become() -> None:
    source = "def f(a):\n    while a:\n        if a():\n            continue\n        break\n    assert a.b\n"
    assert described(source) == [
        (2, "`a` becomes `(not a)`"),
        (3, "`a()` becomes `(not a())`"),
        (4, "`continue` becomes `break`"),
        (5, "`break` becomes `pass`"),
        (6, "`a.b` becomes `(not a.b)`"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_mutant_is_the_module_with_one_change(end: str) -> None:
    source = MODULE.replace("\n", end)
    function = functions_in(source)[0]
    found = mutants_of(source, function, 100)
    assert len(found) > 20
    assert len({mutant.source for mutant in found}) == len(found)
    for mutant in found:
        ast.parse(mutant.source)
        assert mutant.source != source
        assert mutant.source[: function.body_start] == source[: function.body_start]
        assert mutant.source.endswith(source[function.end :])
        assert function.line < mutant.line <= function.end_line
        changed = [
            number
            for number, (one, other) in enumerate(
                zip(source.split(end), mutant.source.split(end), strict=True), start=1
            )
            if one != other
        ]
        assert changed == [mutant.line]


def test_a_choice_is_even_and_the_same_each_time() -> None:
    function = functions_in(MODULE)[0]
    every = mutants_of(MODULE, function, 100)
    few = mutants_of(MODULE, function, 5)
    assert len(few) == 5
    assert set(few) < set(every)
    assert few[0] == every[0]
    assert few == mutants_of(MODULE, function, 5)
    assert mutants_of(MODULE, function, 0) == ()


def test_each_comparison_of_a_chain_changes_by_itself() -> None:
    assert described("def f(a):\n    x = a < a >= a\n") == [
        (2, "`a < a >= a` becomes `(a <= a >= a)`"),
        (2, "`a < a >= a` becomes `(a < a > a)`"),
    ]

"""Inputs are drawn from what a prompt shows."""

import pytest

from codex_lsp.assist.docstring_calls import calls_in_docstring
from codex_lsp.assist.drawn_arguments import drawn_arguments

PROMPT = '''from typing import List

def helper(x):
    """helper(9) is of another function."""
    return x

def close(numbers: List[float], limit: float) -> bool:
    """Whether two are nearer than the limit.

    >>> close([1.0, 2.0], 0.5)
    False
    In prose too: close([1.0, (2, 3)], 3) => True; close(x, 1), close(numbers=[1], limit=2) and close( are no inputs.
    close([1.0, 2.0], 0.5) again.
    """
'''


def test_calls_with_literals_are_found_in_doctests_and_prose() -> None:
    assert calls_in_docstring(PROMPT, "close") == [([1.0, 2.0], 0.5), ([1.0, (2, 3)], 3)]
    assert calls_in_docstring(PROMPT, "missing") == []
    assert calls_in_docstring("def close(:\n", "close") == []
    assert calls_in_docstring("\0", "close") == []


def test_inputs_begin_with_those_of_the_docstring_and_are_the_same_each_time() -> None:
    drawn = drawn_arguments(PROMPT, "close", 12)
    assert drawn[:2] == (([1.0, 2.0], 0.5), ([1.0, (2, 3)], 3))
    assert len(drawn) == 12
    assert len({repr(each) for each in drawn}) == 12
    assert all(len(each) == 2 and isinstance(each[0], list) for each in drawn)
    assert drawn == drawn_arguments(PROMPT, "close", 12)


@pytest.mark.parametrize(
    ("signature", "kinds"),
    [
        ("a: int, b: str", (int, str)),
        ("a: List[int], b: Tuple[str, int]", (list, tuple)),
        ("a: Dict[str, int], b: bool, c: float", (dict, bool, float)),
    ],
)
def test_annotations_say_what_is_drawn_where_there_is_no_call(signature: str, kinds: tuple[type, ...]) -> None:
    drawn = drawn_arguments(f"def f({signature}):\n", "f", 8)
    assert len(drawn) > 1
    assert {tuple(map(type, each)) for each in drawn} == {kinds}


def test_without_annotations_common_kinds_are_drawn_and_there_may_be_fewer_than_asked_for() -> None:
    kinds = {type(each[0]) for each in drawn_arguments("def f(x):\n", "f", 30)}
    assert {int, str, list} <= kinds
    assert len(drawn_arguments("def f(x: bool):\n", "f", 30)) == 2
    assert drawn_arguments("def f():\n", "f", 5) == ((),)
    assert drawn_arguments("x = 1\n", "f", 5) == ()
    assert drawn_arguments('def f(x):\n    """f("") is nothing, and so is f([]) and f({}) and f(None)."""\n', "f", 20)

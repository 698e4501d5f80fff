import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.docstring_layout import (
    QUOTES,
    STOP,
    docstring_answer,
    docstring_prompt,
    split_prompt,
    with_docstring,
)

PROMPT = '''import math


def half(x):
    """Give the half."""
    return x / 2


def area(r: float) -> float:
    """Compute the area of a circle.

    >>> area(0)
    0.0
    """
'''
BODY = "    return math.pi * r * r\n"
SHOWN = '''import math


def half(x):
    """Give the half."""
    return x / 2


def area(r: float) -> float:
    return math.pi * r * r


area.__doc__ = """
'''


def test_the_function_comes_first_and_then_its_docstring() -> None:
    shown, answer = docstring_prompt(PROMPT, BODY, "area"), docstring_answer(PROMPT, "area")
    assert shown == SHOWN
    assert answer == 'Compute the area of a circle.\n\n>>> area(0)\n0.0\n"""\n'
    scope: dict[str, object] = {}
    exec(shown + answer, scope)  # noqa: S102 - a text of ours
    assert getattr(scope["area"], "__doc__", "").startswith("\nCompute the area")


def test_a_generated_docstring_ends_at_its_quotes() -> None:
    answer = docstring_answer(PROMPT, "area")
    assert answer is not None
    assert answer.split(STOP[0])[0].endswith("0.0")


@pytest.mark.parametrize(
    "prompt", ["def f(x):\n", "def f(x:\n", "", 'def g(x):\n    """Other."""\n', "def f():\n    1\n"]
)
def test_where_there_is_no_docstring_there_is_none(prompt: str) -> None:
    assert split_prompt(prompt, "f") is None
    assert docstring_prompt(prompt, "    return 1\n", "f") is None
    assert docstring_answer(prompt, "f") is None
    assert with_docstring(prompt, "f", "One.") is None


def test_single_quotes_and_what_follows_the_docstring_stay_apart() -> None:
    prompt = "def f(x):\n    ''' Say it. '''\n    y = x\n"
    found = split_prompt(prompt, "f")
    assert found is not None
    assert (found.head, found.docstring, found.rest) == ("def f(x):\n", "Say it.", "    y = x\n")


def test_a_docstring_with_quotes_in_it_is_not_learned() -> None:
    assert docstring_answer("def f(x):\n    ''' Say \"\"\" it. '''\n", "f") is None


@given(text=st.text(max_size=80))
def test_another_docstring_is_read_back(text: str) -> None:
    changed = with_docstring(PROMPT, "area", text)
    assert changed is not None
    # Whatever a model wrote, the prompt stays a prompt: one function that waits for its body.
    tree = ast.parse(changed + "    pass\n")
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["half", "area"]


def test_a_docstring_survives_the_way_there_and_back() -> None:
    changed = with_docstring(PROMPT, "area", "Compute the area.\n\n>>> area(1)\n3.14")
    assert changed is not None
    found = split_prompt(changed, "area")
    assert found is not None
    assert found.docstring == "Compute the area.\n\n>>> area(1)\n3.14"
    assert QUOTES not in found.docstring

"""What can be held by message alone."""

import pytest

from codex_lsp.assist.function import function_at
from codex_lsp.assist.literal_examples import literal_examples_test, stands_alone


def doctested(examples: str) -> str:
    lines = "".join(f"    {line}\n" for line in examples.splitlines())
    return f"def f(x):\n    '''Do it.\n\n{lines}    '''\n"


def check_of(examples: str) -> str:
    text = doctested(examples)
    return literal_examples_test(function_at(text, 0))


def test_calls_with_literals_and_literal_answers() -> None:
    check = check_of(">>> f([1, 2])\n[2, 1]\n>>> len(f('ab'))  # two\n2")
    assert "assert (f([1, 2])) == ([2, 1])" in check
    assert "assert (len(f('ab'))) == (2)" in check


@pytest.mark.parametrize(
    "examples",
    [
        ">>> f(1)\n<object>",
        ">>> x = f(1)\n>>> x\n1",
        ">>> f(y)\n1",
        ">>> f(0)\nTraceback (most recent call last):\nValueError: 0",
        ">>> f(1)\n1\n>>> print(f(2))\ntwo",
        ">>> f(1)\n[1,\n 2]",
    ],
)
def test_whatever_needs_more_is_left_to_pytest_whole(examples: str) -> None:
    assert check_of(examples) == ""


@pytest.mark.parametrize(
    ("before", "alone"),
    [
        ("import math\nfrom collections.abc import Iterable\n", True),
        ("import numpy\n", False),
        ("from . import other\n", False),
        ("from own.other import g\n", False),
    ],
)
def test_a_module_of_the_standard_library_alone(before: str, *, alone: bool) -> None:
    text = f"{before}def f(x): pass\n"
    assert stands_alone(text, function_at(text, text.index("def f"))) is alone


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    def f(self): pass\n",
        "async def f(): pass\n",
        "def f():\n    yield 1\n",
        "@cache\ndef f(): pass\n",
    ],
)
def test_what_is_called_in_another_way_does_not_stand_alone(text: str) -> None:
    assert not stands_alone(text, function_at(text, text.index("f(")))

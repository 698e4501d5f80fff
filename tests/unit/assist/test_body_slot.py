"""Slots of bodies in every shape that a function can have."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.body_slot import BodySlot, body_slot
from codex_lsp.assist.function import function_at


def slot_in(text: str, marker: str = "def f") -> BodySlot:
    return body_slot(text, function_at(text, text.index(marker)))


@pytest.mark.parametrize(
    ("text", "head", "filled"),
    [
        ("def f(x):\n    pass\n", "def f(x):\n", "def f(x):\n    return x\n"),
        ("def f(x): pass\n", "def f(x):\n", "def f(x):\n    return x\n"),
        ("def f(x): ...  # later\n", "def f(x):\n", "def f(x):\n    return x\n"),
        ("def f(x):\n  '''D.'''\n", "def f(x):\n  '''D.'''\n", "def f(x):\n  '''D.'''\n  return x\n"),
        ("def f(x): 'D.'; pass", "def f(x): 'D.'\n", "def f(x): 'D.'\n    return x"),
        (
            "def f(x):\n    # Say.\n    pass\n    # More.\ny = 1\n",
            "def f(x):\n    # Say.\n",
            "def f(x):\n    # Say.\n    return x\ny = 1\n",
        ),
        (
            "class A:\n\tdef f(self, x):\n\t\t...\n",
            "\tdef f(self, x):\n",
            "class A:\n\tdef f(self, x):\n\t\treturn x\n",
        ),
        (
            "@g\ndef f(x):\r\n    raise NotImplementedError('x')\r\n\r\n",
            "@g\ndef f(x):\n",
            "@g\ndef f(x):\r\n    return x\r\n\r\n",
        ),
        ("\ufeffdef f(x):\n    pass", "def f(x):\n", "\ufeffdef f(x):\n    return x"),
        ("def f(x):\n    é = 'é'; pass\n", "def f(x):\n", "def f(x):\n    return x\n"),
        ("def f(x):\n    @g\n    def h(): pass\n    return h\n", "def f(x):\n", "def f(x):\n    return x\n"),
    ],
)
def test_head_and_filled_document(text: str, head: str, filled: str) -> None:
    slot = slot_in(text)
    assert slot.head == head
    assert slot.filled(slot.fitted("    return x")) == filled


@pytest.mark.parametrize(
    "body",
    ["pass", "...", "raise NotImplementedError", "raise NotImplementedError('later')", "'Doc.'", "'Doc.'\n    ..."],
)
def test_stubs(body: str) -> None:
    assert slot_in(f"def f():\n    {body}\n").is_stub


@pytest.mark.parametrize("body", ["return 1", "pass; x = 1", "raise ValueError", "yield", "'Doc.'\n    return None"])
def test_bodies(body: str) -> None:
    assert not slot_in(f"def f():\n    {body}\n").is_stub


@given(blanks=st.sampled_from(["", " ", "  ", "    ", "\t", "        "]), deep=st.booleans())
def test_a_fitted_body_parses_in_its_slot(*, blanks: str, deep: bool) -> None:
    text = "class A:\n  def f(x):\n     'D.'\n     pass\n" if deep else "def f(x):\n\t'D.'\n"
    slot = slot_in(text)
    body = f"\n{blanks}if x:\n{blanks}    return 1\n{blanks}return 2\n\n"
    filled = slot.filled(slot.fitted(body))
    assert ast.unparse(ast.parse(filled)).count("return") == 2
    assert slot.function_with(slot.fitted(body)).startswith(slot.head)


def test_a_function_of_another_text_is_a_mistake() -> None:
    function = function_at("x = 1\ndef f(): pass\n", 7)
    with pytest.raises(ValueError, match="not in this text"):
        body_slot("def f(): pass\n", function)

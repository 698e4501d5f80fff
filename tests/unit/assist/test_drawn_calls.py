"""Generated calls of what a value alone tells too little of; each is evaluated here, in the module that it is for."""

from typing import Any

import pytest

from codex_lsp.assist.drawn_calls import SETUP, drawn_calls, gives_iterator
from codex_lsp.assist.function import functions_in
from codex_lsp.errors import AssistRefused

MODULE = """
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

class Stack:
    def __init__(self, items: list[int] | None = None) -> None:
        self.items = list(items or [])
    def push(self, item: int) -> None:
        self.items.append(item)
    @property
    def size(self) -> int:
        return len(self.items)
    @staticmethod
    def double(n: int) -> int:
        return 2 * n

@dataclass
class Point:
    x: int
    def moved(self, by: int) -> int:
        return self.x + by

async def later(n: int) -> int:
    return n

def numbers(n: int) -> "Iterator[int]":
    while True:
        yield n

def clear(items: list[int]) -> None:
    items.clear()

class Hard(Protocol):
    def ask(self, n: int) -> int: ...
"""


def values(qualname: str) -> list[Any]:
    """What the calls of a function of the module give."""
    function = next(each for each in functions_in(MODULE) if each.qualname == qualname)
    namespace: dict[str, Any] = {}
    exec(MODULE + SETUP, namespace)  # noqa: S102 - our own text
    return [eval(call, namespace) for call in drawn_calls(function, MODULE, 8)]  # noqa: S307 - the same


def test_a_method_shows_what_its_instance_holds_afterwards() -> None:
    found = values("Stack.push")
    assert found[0] == (None, {"items": [1]})
    assert {len(state["items"]) for _, state in found} >= {1, 2}


def test_one_without_arguments_is_asked_of_several_instances() -> None:
    assert {value for value, _ in values("Stack.size")} >= {0, 1}
    assert {value for value, _ in values("Point.moved")} > {1}


def test_what_makes_an_instance_shows_what_it_holds() -> None:
    assert {"items": []} in values("Stack.__init__")


def test_functions_that_are_called_by_name() -> None:
    assert {2, 0, -2} <= set(values("Stack.double"))
    assert {1, 0, -1} <= set(values("later"))
    assert values("clear") == [[]] * 8


def test_an_iterator_without_an_end_shows_its_first_items() -> None:
    assert [1] * 50 in values("numbers")


def test_an_iterator_is_known_by_its_annotation() -> None:
    found = {each.qualname: gives_iterator(each) for each in functions_in(MODULE)}
    assert [name for name, gives in found.items() if gives] == ["numbers"]


def test_a_class_that_cannot_be_made() -> None:
    function = next(each for each in functions_in(MODULE) if each.qualname == "Hard.ask")
    with pytest.raises(AssistRefused, match=r"`Hard.ask` has no example and no test.*how `Hard` is made.*annotate"):
        drawn_calls(function, MODULE, 8)

"""Values as source: what is written makes the value again, and equal values are written alike."""

import datetime
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.execution.inside.value_source import MAX_CHARS, canonical, source_of

HASHABLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.dates()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.fractions(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=3,
)
VALUES = st.recursive(
    HASHABLE | st.sets(HASHABLE, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HASHABLE, inner, max_size=3) | st.tuples(inner),
    max_leaves=4,
)


class Own:
    """Equal to itself alone."""


class Odd:
    """Does what no value should."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


@given(VALUES)
def test_what_is_written_makes_the_value_again(value: Any) -> None:
    written = source_of(value)
    assert written is not None
    namespace: dict[str, Any] = {}
    for line in written.imports:
        exec(line, namespace)  # noqa: S102 - lines of ours
    again = eval(written.text, namespace)  # noqa: S307 - as above
    assert again == value
    assert type(again) is type(value)
    assert canonical(again) == canonical(value)


@given(st.dictionaries(st.integers(), st.integers()))
def test_equal_dictionaries_are_written_alike(value: dict[int, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@pytest.mark.parametrize(
    "value",
    [math.nan, [math.nan], Decimal("nan"), Own(), [Own()], Odd(), {1: Odd()}, len, lambda: 1, (each for each in "a")],
)
def test_what_cannot_be_made_again_has_no_source(value: object) -> None:
    assert source_of(value) is None


def test_what_is_too_long_too_deep_or_holds_itself_has_no_source() -> None:
    endless: list[Any] = []
    endless.append(endless)
    deep: list[Any] = []
    for _ in range(50):
        deep = [deep]
    for value in ("x" * (MAX_CHARS + 1), list(range(MAX_CHARS)), 1 << 4000, deep, endless):
        assert source_of(value) is None
        assert canonical(value).startswith("<")


@pytest.mark.parametrize(
    ("value", "text", "imports"),
    [
        ({"b": 1, "a": {2, 1}}, "{'b': 1, 'a': {1, 2}}", ()),
        (Fraction(1, 3), "fractions.Fraction(1, 3)", ("import fractions",)),
        (PurePosixPath("a/b"), "pathlib.PurePosixPath('a/b')", ("import pathlib",)),
        (datetime.time(1, 2), "datetime.time(1, 2)", ("import datetime",)),
        ([int, dict], "[int, dict]", ()),
        (True, "True", ()),
        (1.0, "1.0", ()),
        (-math.inf, "float('-inf')", ()),
    ],
)
def test_texts(value: object, text: str, imports: tuple[str, ...]) -> None:
    written = source_of(value)
    assert written is not None
    assert (written.text, written.imports) == (text, imports)

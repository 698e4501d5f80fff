import enum
import math
import struct
from collections import Counter, OrderedDict, defaultdict
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.execution.decoder import decode
from codex_lsp.execution.encoding import MAX_BYTES, MAX_DEPTH, EncodingError, Opaque, encode

_TEXT = st.text(st.characters(exclude_categories=()))
_HASHABLE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | _TEXT | st.binary(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4),
    max_leaves=8,
)
_VALUES = st.recursive(
    _HASHABLE | st.integers(-(1 << 2000), 1 << 2000),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(_HASHABLE, inner) | st.sets(_HASHABLE),
    max_leaves=30,
)


def _same(one: Any, other: Any) -> bool:
    """Equal in kind and value, NaN and the sign of zero included."""
    return type(one) is type(other) and encode(one) == encode(other)


@given(_VALUES)
def test_what_crosses_comes_back(value: Any) -> None:
    back = decode(encode(value))
    assert _same(back, value)
    assert repr(back) == repr(value) or any(kind in repr(value) for kind in ("set", "{"))


@given(st.lists(st.integers(-(1 << 64), 1 << 64)) | st.lists(st.floats()) | st.lists(st.booleans() | st.integers()))
def test_lists_of_numbers_come_back(value: list[Any]) -> None:
    for sequence in (value, tuple(value)):
        back = decode(encode(sequence))
        assert repr(back) == repr(sequence)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_encoding_error(data: bytes) -> None:
    try:
        decode(data)
    except EncodingError:
        return


@given(_VALUES, st.data())
def test_damaged_bytes_are_a_value_or_an_encoding_error(value: Any, data: st.DataObject) -> None:
    damaged = bytearray(encode(value))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(damaged))
    except EncodingError:
        return


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "cut off"),
        (b"?", "unknown tag"),
        (b"NN", "left over"),
        (b"s\0\0\0\1\xff", "UTF-8"),
        (b"K\0\0\0\7", "never given"),
        (b"l*\xff\xff\xff\xff", "cut off"),
        (b"lq\xff\xff\xff\xff", "cut off"),
        (b"l?", "kind of items"),
        (b"e\0\0\0\1l*\0\0\0\0", "hashed"),
        (b"m\0\0\0\1l*\0\0\0\0N", "hashed"),
        (b"t*\0\0\0\1" * (MAX_DEPTH + 1) + b"N", "deep"),
    ],
)
def test_bytes_that_are_no_value_say_why(data: bytes, complaint: str) -> None:
    with pytest.raises(EncodingError, match=complaint):
        decode(data)


class _Lying(list[int]):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Any:
        return iter([1, 2, 3])

    def __len__(self) -> int:
        return 3


class _LyingText(str):
    __slots__ = ()

    def encode(self, encoding: str = "", errors: str = "") -> bytes:  # noqa: ARG002
        return b"42"

    def __str__(self) -> str:
        return "42"


class _LyingNumber(int):
    def to_bytes(self, *_: Any, **__: Any) -> bytes:
        return b"\1"

    def bit_length(self) -> int:
        return 1

    def __index__(self) -> int:
        return 42


class _Point(NamedTuple):
    x: int
    y: int


class _Colour(enum.IntEnum):
    RED = 3


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (_Lying([7]), [7]),
        (_LyingText("no"), "no"),
        (_LyingNumber(5), 5),
        (_Point(1, 2), (1, 2)),
        (_Colour.RED, 3),
        (Counter("aab"), {"a": 2, "b": 1}),
        (defaultdict(list, {1: [2]}), {1: [2]}),
        (OrderedDict([(2, 1), (1, 2)]), {2: 1, 1: 2}),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),  # noqa: FBT003
    ],
)
def test_a_subclass_crosses_as_its_plain_base(value: Any, plain: Any) -> None:
    back = decode(encode(value))
    assert type(back) is type(plain)
    assert back == plain


@pytest.mark.parametrize("value", [object(), len, lambda: 1, iter([1]), range(3), int, np.zeros(2), bytearray(b"x")])
def test_anything_else_equals_nothing(value: Any) -> None:
    back = decode(encode([value]))[0]
    assert isinstance(back, Opaque)
    assert back != value
    assert not back == back  # noqa: PLR0124, SIM201
    with pytest.raises(TypeError, match=type(value).__name__):
        bool(back)


def test_sharing_and_cycles_survive() -> None:
    row = [1]
    back = decode(encode([row, row]))
    assert back[0] is back[1]
    loop: list[Any] = []
    loop.append(loop)
    back = decode(encode(loop))
    assert back[0] is back


def test_known_containers_are_named_not_copied() -> None:
    asked: list[Any] = []
    given_list = [1, 2]
    question = encode((given_list,), asked)
    received: list[Any] = []
    (copy,) = decode(question, received)
    answered = decode(encode([copy, [3]], received), asked)
    assert answered[0] is given_list


def test_equal_sets_are_equal_bytes() -> None:
    assert encode(set("abcdef")) == encode(set("fedcba"))


def test_a_mutable_key_of_a_strange_class_is_opaque() -> None:
    class Key(list[int]):
        def __hash__(self) -> int:  # type: ignore[override]
            return 1

    (back,) = decode(encode({Key([1])}))
    assert isinstance(back, Opaque)


def test_too_much_does_not_cross() -> None:
    deep: Any = ""
    for _ in range(MAX_DEPTH + 1):
        deep = (deep,)
    with pytest.raises(EncodingError, match="deep"):
        encode(deep)
    with pytest.raises(EncodingError, match="bytes"):
        encode("x" * (MAX_BYTES + 1))
    wide: Any = "x" * 10_000
    for _ in range(60):  # a few objects here, 2**60 there
        wide = (wide, wide)
    with pytest.raises(EncodingError, match="bytes"):
        encode(wide)
    with pytest.raises(EncodingError, match="bytes"):
        decode(b"N" * (MAX_BYTES + 1))


def test_numbers_keep_every_bit() -> None:
    nan = struct.unpack(">d", b"\x7f\xf8\0\0\0\0\0\1")[0]
    assert struct.pack(">d", decode(encode(nan))) == b"\x7f\xf8\0\0\0\0\0\1"
    assert math.copysign(1, decode(encode(-0.0))) == -1
    assert decode(encode(complex(-0.0, math.inf))) == complex(-0.0, math.inf)
    for edge in (2**62, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 255, 256, -128, -129):
        assert decode(encode(edge)) == edge

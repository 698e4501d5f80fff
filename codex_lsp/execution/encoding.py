"""Plain built-in values as bytes: all that crosses between a checker and a candidate; `decoder` reads them.

A value is a tag byte and its content, big-endian, lengths in four bytes; lists and tuples of integers or of floats
alone are packed. None, bool, int, float, complex, str, bytes, list, tuple, dict, set and frozenset cross as themselves,
nested; a value of a subclass of one of these crosses as its plain base, read by the base's own methods, so that an
overridden `__eq__` or `__iter__` stays behind; a numpy scalar crosses as its Python value. Anything else crosses as
`Opaque`: its type's name and nothing more.

Lists, dicts and sets are numbered in the order in which they begin, and one met again crosses as its number. So sharing
and cycles survive, and with `known`, the containers both ends have numbered before, an answer can say "the list you
gave me".
"""

from __future__ import annotations

import struct

# Loaded once for every candidate: `typing` and `contextlib` would be most of a worker's start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

MAX_BYTES = 16 << 20
"""Of one value; what is larger does not cross."""
MAX_DEPTH = 200
"""Of containers inside containers."""

LENGTH = struct.Struct(">I")
SMALL = struct.Struct(">q")
FLOAT = struct.Struct(">d")
COMPLEX = struct.Struct(">dd")
_SMALL_BITS = 63
_PACKINGS = {int: "q", float: "d"}
_KINDS = (type(None), bool, int, str, float, list, tuple, dict, set, frozenset, bytes, complex)
_PLAIN = {id(kind) for kind in _KINDS}
"""By identity: what a metaclass says of equality does not count."""
_mro: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__


class EncodingError(ValueError):
    """A value too large or too deep to cross, or bytes that are no value."""


class Opaque:
    """What stands for a value that may not cross: it equals nothing, itself included, and has no truth.

    Attributes:
        type_name: Of the value's type, as its owner calls it.
    """

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        """Stand for a value of that type."""
        self.type_name = type_name

    def __eq__(self, other: object) -> bool:
        """Never."""
        return False

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        """Has none.

        Raises:
            TypeError: Always.
        """
        raise TypeError(f"a value of type {self.type_name} does not cross")

    def __repr__(self) -> str:
        """The type's name in angle brackets."""
        return f"<{self.type_name}>"


def plain_base(kind: type) -> type | None:
    """The built-in type as which values of `kind` cross; None where they are opaque."""
    for base in _mro(kind):
        if id(base) in _PLAIN:
            return base
    return None


def encode(value: object, known: list[Any] | None = None) -> bytes:
    """The bytes of a value.

    Args:
        value: What crosses.
        known: Containers that the other end has under the same numbers; those of `value` are added to it.

    Raises:
        EncodingError: It is larger than `MAX_BYTES` or deeper than `MAX_DEPTH`.
    """
    encoder = _Encoder([] if known is None else known)
    try:
        encoder.write(value)
    except RecursionError:
        raise EncodingError(f"a value nested more than {MAX_DEPTH} deep") from None
    return b"".join(encoder.parts)


class _Encoder:
    """Collects the parts of one value."""

    def __init__(self, known: list[Any]) -> None:
        self.parts: list[bytes] = []
        self._size = 0
        self._depth = 0
        self._known = known
        self._numbers = {id(container): number for number, container in enumerate(known)}

    def write(self, value: Any) -> None:
        kind = type(value)
        writer = _WRITERS.get(kind)
        if writer is None:
            value, kind = _plain(value, kind)
            writer = _WRITERS[kind]
        writer(self, value)

    def put(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MAX_BYTES:
            raise EncodingError(f"a value of more than {MAX_BYTES} bytes")
        self.parts.append(part)

    def sized(self, tag: bytes, content: bytes) -> None:
        self.put(tag + LENGTH.pack(min(len(content), MAX_BYTES)))
        self.put(content)

    def integer(self, value: int) -> None:
        bits = int.bit_length(value)
        if bits < _SMALL_BITS:
            self.put(b"i" + SMALL.pack(value))
        else:
            self.sized(b"I", int.to_bytes(value, bits // 8 + 1, "big", signed=True))

    def sequence(self, tag: bytes, items: tuple[Any, ...]) -> None:
        """A list's or tuple's items; all of one kind of number are packed, which is ten times faster."""
        kinds = set(map(type, items))
        packing = _PACKINGS.get(kinds.pop()) if len(kinds) == 1 else None
        if packing is not None:
            try:
                packed = struct.pack(f">{len(items)}{packing}", *items)
            except struct.error:  # an integer of more bits
                pass
            else:
                self.put(tag + packing.encode() + LENGTH.pack(len(items)))
                self.put(packed)
                return
        self.items(tag + b"*", len(items), items)

    def items(self, tag: bytes, count: int, items: Iterable[Any]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise EncodingError(f"a value nested more than {MAX_DEPTH} deep")
        self.put(tag + LENGTH.pack(count))
        for item in items:
            self.write(item)
        self._depth -= 1

    def numbered(self, value: Any) -> bool:
        """Whether the container was met before (then its number is written); else it gets the next one."""
        number = self._numbers.get(id(value))
        if number is None:
            self._numbers[id(value)] = len(self._known)
            self._known.append(value)
            return False
        self.put(b"K" + LENGTH.pack(number))
        return True

    def list(self, value: list[Any]) -> None:
        if not self.numbered(value):
            self.sequence(b"l", tuple(list.__iter__(value)))

    def dict(self, value: dict[Any, Any]) -> None:
        if not self.numbered(value):
            pairs = [part for key, item in dict.items(value) for part in (_Key(key), item)]
            self.items(b"m", len(pairs) // 2, pairs)

    def set(self, value: set[Any]) -> None:
        if not self.numbered(value):
            self.elements(b"e", set.__iter__(value))

    def elements(self, tag: bytes, elements: Iterable[Any]) -> None:
        """A set's elements, ordered by their bytes so that equal sets are equal bytes."""
        keys = [_key_bytes(element) for element in elements]
        keys.sort()
        self.put(tag + LENGTH.pack(len(keys)))
        for key in keys:
            self.put(key)

    def key(self, wrapped: _Key) -> None:
        self.put(_key_bytes(wrapped.value))


class _Key:
    """Marks a value in a place where only hashable ones may stand."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def _key_bytes(value: Any) -> bytes:
    """The bytes of an element or key; opaque where a plain copy of it could not be hashed."""
    known: list[Any] = []
    data = encode(value, known)
    return encode(Opaque(type(value).__name__)) if known else data


def _plain(value: Any, kind: type) -> tuple[Any, type]:
    """A value that is not exactly of a plain type, and the type as which it is written."""
    base = plain_base(kind)
    if base is not None:
        return value, base
    if kind.__module__ == "numpy" and getattr(value, "shape", None) == ():
        scalar = value.item()
        if id(type(scalar)) in _PLAIN:
            return scalar, type(scalar)
    return Opaque(kind.__name__), Opaque


def _write_text(tag: bytes) -> Callable[[_Encoder, str], None]:
    return lambda encoder, text: encoder.sized(tag, str.encode(text, "utf-8", "surrogatepass"))


def _write_complex(encoder: _Encoder, value: complex) -> None:
    exact = complex.__pos__(value)
    encoder.put(b"c" + COMPLEX.pack(exact.real, exact.imag))


_WRITERS: dict[type, Callable[[_Encoder, Any], None]] = {
    type(None): lambda encoder, _: encoder.put(b"N"),
    bool: lambda encoder, value: encoder.put(b"T" if value else b"F"),
    int: _Encoder.integer,
    float: lambda encoder, value: encoder.put(b"f" + FLOAT.pack(value)),
    complex: _write_complex,
    str: _write_text(b"s"),
    bytes: lambda encoder, value: encoder.sized(b"b", bytes.__getitem__(value, slice(None))),
    list: _Encoder.list,
    tuple: lambda encoder, value: encoder.sequence(b"t", tuple(tuple.__iter__(value))),
    dict: _Encoder.dict,
    set: _Encoder.set,
    frozenset: lambda encoder, value: encoder.elements(b"z", frozenset.__iter__(value)),
    _Key: _Encoder.key,
    Opaque: lambda encoder, value: encoder.sized(b"o", value.type_name.encode("utf-8", "surrogatepass")[:200]),
}

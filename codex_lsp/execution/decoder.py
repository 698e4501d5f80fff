"""Values from the bytes of `encoding`: whatever they are and whoever sent them, a value or an `EncodingError`.

Reading runs no code of the sender's: it makes plain values, and `Opaque` for what was none.
"""

from __future__ import annotations

import struct

from codex_lsp.execution.encoding import COMPLEX, FLOAT, LENGTH, MAX_BYTES, MAX_DEPTH, SMALL, EncodingError, Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def decode(data: bytes, known: list[Any] | None = None) -> Any:
    """The value of some bytes; the reverse of `encode`.

    Args:
        data: From nobody that is trusted.
        known: As in `encode`; the new containers are added.

    Raises:
        EncodingError: The bytes are no value, or one past the limits.
    """
    if len(data) > MAX_BYTES:
        raise EncodingError(f"a value of more than {MAX_BYTES} bytes")
    decoder = _Decoder(data, [] if known is None else known)
    try:
        value = decoder.read()
    except RecursionError:
        raise EncodingError(f"a value nested more than {MAX_DEPTH} deep") from None
    if decoder.at != len(data):
        raise EncodingError("bytes left over after a value")
    return value


class _Decoder:
    """Reads one value from bytes of any kind."""

    def __init__(self, data: bytes, known: list[Any]) -> None:
        self._data = data
        self.at = 0
        self._depth = 0
        self._known = known

    def read(self) -> Any:
        reader = _READERS.get(self.take(1))
        if reader is None:
            raise EncodingError("an unknown tag")
        return reader(self)

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self._data):
            raise EncodingError("a value that is cut off")
        part = self._data[self.at : end]
        self.at = end
        return part

    def sized(self) -> bytes:
        return self.take(LENGTH.unpack(self.take(4))[0])

    def text(self) -> str:
        try:
            return self.sized().decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise EncodingError("text that is not UTF-8") from None

    def items(self, per_item: int = 1) -> list[Any]:
        """As many values as the count says, times `per_item`."""
        items: list[Any] = []
        self.fill(items.append, per_item)
        return items

    def fill(self, add: Callable[[Any], object], per_item: int = 1) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise EncodingError(f"a value nested more than {MAX_DEPTH} deep")
        for _ in range(LENGTH.unpack(self.take(4))[0] * per_item):
            add(self.read())
        self._depth -= 1

    def sequence(self, add: Callable[[Iterable[Any]], object]) -> None:
        """The items of a list or tuple, one by one or packed."""
        kind = self.take(1)
        if kind == b"*":
            add(self.items())
        elif kind in (b"q", b"d"):
            count = LENGTH.unpack(self.take(4))[0]
            add(struct.unpack(f">{count}{kind.decode()}", self.take(8 * count)))
        else:
            raise EncodingError("an unknown kind of items")

    def list(self) -> list[Any]:
        value: list[Any] = []
        self._known.append(value)
        self.sequence(value.extend)
        return value

    def tuple(self) -> tuple[Any, ...]:
        items: list[Any] = []
        self.sequence(items.extend)
        return tuple(items)

    def dict(self) -> dict[Any, Any]:
        value: dict[Any, Any] = {}
        self._known.append(value)
        parts = self.items(per_item=2)
        try:
            value.update(zip(parts[::2], parts[1::2], strict=True))
        except TypeError:
            raise EncodingError("a key that cannot be hashed") from None
        return value

    def set(self) -> set[Any]:
        value: set[Any] = set()
        self._known.append(value)
        value.update(self.frozenset())
        return value

    def frozenset(self) -> frozenset[Any]:
        try:
            return frozenset(self.items())
        except TypeError:
            raise EncodingError("an element that cannot be hashed") from None

    def known(self) -> Any:
        number = LENGTH.unpack(self.take(4))[0]
        if number >= len(self._known):
            raise EncodingError("a container that was never given")
        return self._known[number]


_READERS: dict[bytes, Callable[[_Decoder], Any]] = {
    b"N": lambda _: None,
    b"T": lambda _: True,
    b"F": lambda _: False,
    b"i": lambda decoder: SMALL.unpack(decoder.take(8))[0],
    b"I": lambda decoder: int.from_bytes(decoder.sized(), "big", signed=True),
    b"f": lambda decoder: FLOAT.unpack(decoder.take(8))[0],
    b"c": lambda decoder: complex(*COMPLEX.unpack(decoder.take(16))),
    b"s": _Decoder.text,
    b"b": _Decoder.sized,
    b"l": _Decoder.list,
    b"t": _Decoder.tuple,
    b"m": _Decoder.dict,
    b"e": _Decoder.set,
    b"z": _Decoder.frozenset,
    b"K": _Decoder.known,
    b"o": lambda decoder: Opaque(decoder.text()),
}

"""A value as source text that makes it again: `{'a': [1, 2]}`, `Point(x=1, y=2)`, `float('inf')`.

Runs under a project's own interpreter. Text is given only where evaluating it makes an equal value of the same type;
functions, generators, objects that are equal to themselves alone, and `nan` have none.
"""

from __future__ import annotations

import sys
from typing import Any

MAX_CHARS = 2000
"""Of one value's text."""
_MAX_DEPTH = 20
_MAX_BITS = 3000
_PLAIN = (type(None), bool, str, bytes, type(Ellipsis), type(NotImplemented))
_BY_REPR = {("datetime", name) for name in ("date", "time", "datetime", "timedelta", "timezone")} | {
    ("uuid", "UUID"),
    ("collections", "OrderedDict"),
    ("collections", "Counter"),
    ("collections", "deque"),
}
_CALLED = {("decimal", "Decimal"): "decimal.Decimal", ("fractions", "Fraction"): "fractions.Fraction"}
_PATHS = {
    "PosixPath": "Path",
    "WindowsPath": "Path",
    "PurePosixPath": "PurePosixPath",
    "PureWindowsPath": "PureWindowsPath",
}


class NoSource(Exception):
    """The value cannot be written."""


class Written:
    """A value's text and what must be imported for it.

    Attributes:
        text: An expression.
        imports: Lines such as `import datetime` and `from shapes import Point`.
    """

    def __init__(self, text: str, imports: tuple[str, ...]) -> None:
        """Keep both."""
        self.text = text
        self.imports = imports


def source_of(value: object) -> Written | None:
    """The text of a value; None where it has none that makes it again."""
    try:
        written = _written(value, in_order=False)
        again = _evaluated(written)
        same = type(again) is type(value) and bool(again == value)
    except (Exception, RecursionError):  # noqa: BLE001 - a value's own methods may do anything
        return None
    return written if same else None


def canonical(value: object) -> str:
    """Text that is equal for equal values: the source with dictionaries in one order, else the name of the type."""
    try:
        return _written(value, in_order=True).text
    except (Exception, RecursionError):  # noqa: BLE001 - as above
        return f"<{type_name(type(value))}>"


def type_name(kind: type) -> str:
    """The name of a type, with its module where that is not `builtins`."""
    module, name = getattr(kind, "__module__", ""), getattr(kind, "__qualname__", "?")
    return str(name) if module == "builtins" else f"{module}.{name}"


def _evaluated(written: Written) -> object:
    namespace: dict[str, Any] = {}
    for line in written.imports:
        exec(line, namespace)  # noqa: S102 - `import` lines made here
    return eval(written.text, namespace)  # noqa: S307 - what is evaluated was written here, in a sandbox


def _written(value: object, *, in_order: bool) -> Written:
    writer = _Writer(in_order=in_order)
    text = writer.write(value, 0)
    return Written(text, tuple(sorted(writer.imports)))


class _Writer:
    """Writes one value; what it needs gathers in `imports`."""

    def __init__(self, *, in_order: bool) -> None:
        self.imports: set[str] = set()
        self._in_order = in_order
        self._left = MAX_CHARS

    def write(self, value: Any, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise NoSource
        text = self._write(value, depth)
        if len(text) > self._left:
            raise NoSource
        return text

    def _write(self, value: Any, depth: int) -> str:
        kind = type(value)
        if kind in _PLAIN:
            if kind in (str, bytes) and len(value) > MAX_CHARS:
                raise NoSource
            return repr(value)
        if kind in (int, float, complex):
            return _number(value)
        writer = _CONTAINERS.get(kind)
        if writer is not None:
            if len(value) > MAX_CHARS:
                raise NoSource
            return writer(self, value, depth + 1)
        if kind in (range, bytearray):
            return repr(value)
        return self._of_class(value, kind, depth + 1)

    def joined(self, items: Any, depth: int) -> str:
        return ", ".join([self.write(item, depth) for item in items])

    def of_dict(self, value: dict[Any, Any], depth: int) -> str:
        items = [f"{self.write(key, depth)}: {self.write(each, depth)}" for key, each in value.items()]
        return "{" + ", ".join(sorted(items) if self._in_order else items) + "}"

    def of_set(self, value: set[Any], depth: int) -> str:
        items = sorted(self.write(item, depth) for item in value)
        return "{" + ", ".join(items) + "}" if items else "set()"

    def _of_class(self, value: Any, kind: type, depth: int) -> str:
        known = self._of_library(value, kind, depth)
        if known is not None:
            return known
        if isinstance(value, type):
            return self._name(value)
        enum = sys.modules.get("enum")
        if enum is not None and isinstance(value, enum.Enum):
            member = kind.__members__.get(value.name)  # type: ignore[attr-defined]
            return f"{self._name(kind)}.{value.name}" if member is value else self._called(kind, [value.value], depth)
        if isinstance(value, BaseException):
            raise NoSource
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return self._named(kind, [(field, getattr(value, field)) for field in kind._fields], depth)
        fields = getattr(kind, "__dataclass_fields__", None)
        if fields is not None:
            given = [(name, getattr(value, name)) for name, field in fields.items() if field.init]
            return self._named(kind, given, depth)
        return self._by_repr(value, kind)

    def _of_library(self, value: Any, kind: type, depth: int) -> str | None:
        """Of the standard library's values, as `module.Name(...)`."""
        module, name = kind.__module__, kind.__qualname__
        if (module, name) in _CALLED:
            self.imports.add(f"import {module}")
            if value != value:  # noqa: PLR0124 - a decimal that is no number
                raise NoSource
            return f"{_CALLED[module, name]}({str(value)!r})" if name == "Decimal" else f"{module}.{value!r}"
        if module.partition(".")[0] == "pathlib" and name in _PATHS:
            self.imports.add("import pathlib")
            return f"pathlib.{_PATHS[name]}({str(value)!r})"
        if (module, name) == ("collections", "defaultdict") and isinstance(value.default_factory, type):
            self.imports.add("import collections")
            made = self.write(value.default_factory, depth)
            return f"collections.defaultdict({made}, {self.of_dict(value, depth)})"
        if (module, name) in _BY_REPR:
            return self._library_repr(value, module, name, depth)
        return None

    def _library_repr(self, value: Any, module: str, name: str, depth: int) -> str:
        self.imports.add(f"import {module}")
        if module != "collections":
            text = repr(value)
            return text if text.startswith(f"{module}.") else f"{module}.{text}"
        if name == "deque":
            held = f"[{self.joined(value, depth)}]"
            return (
                f"collections.deque({held})" if value.maxlen is None else f"collections.deque({held}, {value.maxlen})"
            )
        return f"collections.{name}({self.of_dict(value, depth)})"

    def _named(self, kind: type, fields: list[tuple[str, Any]], depth: int) -> str:
        given = ", ".join([f"{name}={self.write(each, depth)}" for name, each in fields])
        return f"{self._name(kind)}({given})"

    def _called(self, kind: type, arguments: list[Any], depth: int) -> str:
        return f"{self._name(kind)}({self.joined(arguments, depth)})"

    def _by_repr(self, value: Any, kind: type) -> str:
        """What writes itself as a call of its own class."""
        text = repr(value)
        name = self._name(kind)
        if not text.startswith(f"{kind.__name__}(") or kind.__name__ != name or " object at 0x" in text:
            raise NoSource
        return text

    def _name(self, kind: type) -> str:
        """A class by a name that finds it again."""
        module, name = kind.__module__, kind.__qualname__
        top = name.partition(".")[0]
        found: Any = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is not kind:
            raise NoSource
        if module != "builtins":
            self.imports.add(f"from {module} import {top}")
        return name


def _of_list(writer: _Writer, value: Any, depth: int) -> str:
    return f"[{writer.joined(value, depth)}]"


def _of_tuple(writer: _Writer, value: Any, depth: int) -> str:
    return f"({writer.joined(value, depth)}{',' if len(value) == 1 else ''})"


def _of_frozenset(writer: _Writer, value: Any, depth: int) -> str:
    return f"frozenset({writer.of_set(value, depth) if value else ''})"


_CONTAINERS: dict[type, Any] = {
    list: _of_list,
    tuple: _of_tuple,
    dict: _Writer.of_dict,
    set: _Writer.of_set,
    frozenset: _of_frozenset,
}


def _number(value: Any) -> str:
    if isinstance(value, int):
        if int.bit_length(value) > _MAX_BITS:
            raise NoSource
        return repr(value)
    if isinstance(value, complex):
        if not (_is_finite(value.real) and _is_finite(value.imag)):
            raise NoSource
        return repr(value)
    if _is_finite(value):
        return repr(value)
    if value != value:  # noqa: PLR0124 - not a number
        raise NoSource
    return "float('inf')" if value > 0 else "float('-inf')"


def _is_finite(value: float) -> bool:
    return value - value == 0

"""Reads the fields of a JSON object strictly: the right kind, the right range, the right message."""

import math
from typing import Any, cast

from codex_lsp.errors import UsageError
from codex_lsp.models.wire import Json


class InvalidRequest(UsageError):
    """A request body that the wire does not allow; `param` names the field."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        """One line and the field it is about."""
        super().__init__(message)
        self.param = param


class Fields:
    """One JSON object of a request; null counts as absent, as elsewhere on this wire."""

    def __init__(self, body: Json, *, path: str = "") -> None:
        """Read `body`, which error messages call `path`."""
        self._body = body
        self._path = path
        self._known: set[str] = set()

    def _take(self, name: str) -> Any:
        self._known.add(name)
        return self._body.get(name)

    def wrong(self, name: str, expected: str) -> InvalidRequest:
        """The error for field `name`; the value is not repeated, since it may be document text."""
        param = f"{self._path}{name}"
        return InvalidRequest(f"`{param}`: expected {expected}", param=param)

    def unknown(self) -> list[str]:
        """Names that nobody asked for."""
        return [f"{self._path}{name}" for name in self._body if name not in self._known]

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._take(name)
        if value is None:
            return default
        if type(value) is not int or not low <= value <= high:
            raise self.wrong(name, f"a whole number from {low} to {high}")
        return value

    def optional_integer(self, name: str, *, low: int, high: int) -> int | None:
        """A whole number, or None where it is absent."""
        return None if self._take(name) is None else self.integer(name, low, low=low, high=high)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """A finite number from `low` to `high`."""
        value = self._take(name)
        if value is None:
            return default
        if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
            raise self.wrong(name, f"a number from {low:g} to {high:g}")
        return float(value)

    def boolean(self, name: str) -> bool:
        """True or false; absent is false."""
        value = self._take(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value is True

    def optional_string(self, name: str) -> str | None:
        """A string, or None where it is absent."""
        value = self._take(name)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, "a string")
        return value

    def string(self, name: str, default: str | None = None) -> str:
        """A string; required where there is no default."""
        value = self.optional_string(name)
        if value is None:
            value = default
        if value is None:
            raise self.wrong(name, "a string")
        return value

    def strings(self, name: str, *, most: int) -> tuple[str, ...]:
        """A string or a list of at most `most` strings, none of them empty."""
        value = self._take(name)
        listed: Any = [] if value is None else [value] if isinstance(value, str) else value
        if isinstance(listed, list) and len(cast("list[Any]", listed)) <= most:
            entries = cast("list[Any]", listed)
            if all(isinstance(entry, str) and entry for entry in entries):
                return tuple(entries)
        raise self.wrong(name, f"a string or a list of at most {most} strings, none empty")

    def optional_object(self, name: str) -> "Fields | None":
        """An object, or None where it is absent."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return Fields(cast("Json", value), path=f"{self._path}{name}.")

    def optional_json(self, name: str) -> Json | None:
        """An object as it stands, to be read later; None where it is absent."""
        value = self._take(name)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return cast("Json | None", value)

    def objects(self, name: str, *, most: int) -> "list[Fields]":
        """A list of at most `most` objects; absent is empty."""
        value = self._take(name)
        listed: Any = [] if value is None else value
        if not isinstance(listed, list) or len(cast("list[Any]", listed)) > most:
            raise self.wrong(name, f"a list of at most {most} objects")
        entries = cast("list[Any]", listed)
        if not all(isinstance(entry, dict) for entry in entries):
            raise self.wrong(name, "a list of objects")
        return [Fields(entry, path=f"{self._path}{name}[{index}].") for index, entry in enumerate(entries)]

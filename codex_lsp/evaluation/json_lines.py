"""JSON Lines, plain or gzipped: whatever is wrong with a line names the file and the line."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from codex_lsp.errors import UsageError

MAX_LINE_BYTES = 32 << 20
"""A longer line is not read into memory."""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The object of one line.

    Attributes:
        path: The file, as errors name it.
        number: Of the line, from 1.
        value: The object.
    """

    path: str
    number: int
    value: Mapping[str, Any]

    def error(self, reason: str) -> UsageError:
        """An error that names the place."""
        return UsageError(f"{self.path}, line {self.number}: {reason}")

    def text(self, name: str, default: str | None = None) -> str:
        """The text of a field; of one that is not there, the default.

        Raises:
            UsageError: It is not there and has no default, or is no text.
        """
        found = self.value.get(name, default)
        if not isinstance(found, str):
            raise self.error(f"no `{name}`" if name not in self.value else f"`{name}` is not a text")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A line that is no object; where a file ends in the middle, the line at which it does."""

    path: str
    number: int
    reason: str

    def error(self) -> UsageError:
        """As an error that names the place."""
        return UsageError(f"{self.path}, line {self.number}: {self.reason}")


def lines_of(path: Path) -> Iterator[Line | Damage]:
    """All lines of a file that are not blank.

    Raises:
        UsageError: The file is not there, or cannot be read at all.
    """
    try:
        with path.open("rb") as opened:
            is_gzip = opened.read(len(_GZIP)) == _GZIP
        if path.suffix == ".gz" and not is_gzip:
            yield Damage(path=str(path), number=1, reason="broken gzip: the file does not begin as one")
            return
        with cast("BinaryIO", gzip.open(path, "rb")) if is_gzip else path.open("rb") as file:
            yield from _numbered(file, str(path))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        # ValueError: a name that no file can have.
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path}: cannot be read ({reason})") from error


def objects_of(path: Path) -> Iterator[Line]:
    """All objects of a file.

    Raises:
        UsageError: It cannot be read, or a line is no object.
    """
    for line in lines_of(path):
        if isinstance(line, Damage):
            raise line.error()
        yield line


def _numbered(file: BinaryIO, path: str) -> Iterator[Line | Damage]:
    number = 0
    while True:
        number += 1
        try:
            raw, is_whole = _read(file)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield Damage(path=path, number=number, reason="broken gzip: the file ends or is damaged here")
            return
        if not raw:
            return
        if not is_whole:
            yield Damage(path=path, number=number, reason=f"longer than {MAX_LINE_BYTES} bytes")
        elif raw.strip():
            yield _parsed(raw, path, number)


def _read(file: BinaryIO) -> tuple[bytes, bool]:
    """The next line, and whether that is all of it; the rest of a longer one is passed over."""
    raw = file.readline(MAX_LINE_BYTES + 1)
    if len(raw) <= MAX_LINE_BYTES:
        return raw, True
    rest = raw
    while rest and not rest.endswith(b"\n"):
        rest = file.readline(MAX_LINE_BYTES)
    return raw[:1], False


def _parsed(raw: bytes, path: str, number: int) -> Line | Damage:
    try:
        value: Any = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        return Damage(path=path, number=number, reason=f"not UTF-8 (byte {error.start} of the line)")
    except (ValueError, RecursionError) as error:
        return Damage(path=path, number=number, reason=f"not JSON ({_one_line(error)})")
    if not isinstance(value, dict):
        return Damage(path=path, number=number, reason="not a JSON object")
    return Line(path=path, number=number, value=cast("dict[str, Any]", value))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())

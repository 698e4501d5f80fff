r"""Documents as the language server protocol sees them: positions, edits, three encodings.

The only module in which positions become offsets. Lines end at `\r\n`, `\n` or `\r` and nowhere else (LSP 3.18,
"Text Documents"), so form feeds and the Unicode separators stay inside their line. Offsets count code points.
"""

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
_SPLIT_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CONTINUATION_MASK, _CONTINUATION_BYTE = 0xC0, 0x80
_HIGH_SURROGATES = range(0xD800, 0xDC00)
_LOW_SURROGATES = range(0xDC00, 0xE000)


class PositionEncoding(StrEnum):
    """What a position's `character` counts: UTF-8 bytes, UTF-16 units or code points."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between characters: 0-based line, and units of the negotiated encoding into it."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Range:
    """From `start` up to, not including, `end`."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One edit: `text` replaces `range`, or the whole document where `range` is None."""

    range: Range | None
    text: str


@dataclass(frozen=True, slots=True)
class _Lines:
    """A text's lines with their ends, and where one of them starts, so that nearby ones need little counting."""

    lines: tuple[str, ...]
    known_line: int = 0
    known_start: int = 0

    def start_of(self, line: int) -> int:
        if line >= self.known_line:
            return self.known_start + sum(map(len, self.lines[self.known_line : line]))
        return self.known_start - sum(map(len, self.lines[line : self.known_line]))

    def line_of(self, offset: int) -> tuple[int, int]:
        """The line that holds `offset`, and where it starts."""
        line, start = self.known_line, self.known_start
        while offset < start:
            line -= 1
            start -= len(self.lines[line])
        while line + 1 < len(self.lines) and offset >= start + len(self.lines[line]):
            start += len(self.lines[line])
            line += 1
        return line, start


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One immutable version of a text document.

    Two surrogates that an edit brings together become the character they spell; a lone one stays as it is.
    """

    uri: str
    language: str
    version: int
    text: str
    _index: _Lines | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the lines, unless an edit has brought the index along."""
        if self._index is None:
            object.__setattr__(self, "text", _joined(self.text))
            object.__setattr__(self, "_index", _Lines(_split(self.text)))

    @property
    def line_count(self) -> int:
        """Lines, counting the one after the last line end."""
        return len(self._lines.lines)

    def line_text(self, line: int) -> str:
        """One line without its end."""
        return self._lines.lines[line].rstrip("\r\n")

    def offset_at(self, position: Position, encoding: PositionEncoding) -> int:
        """The offset of a position.

        A character past the line's end is its end, a line past the last one is the end of the document, and a place
        inside a character is the character's start.
        """
        if position.line >= self.line_count:
            return len(self.text)
        line = max(position.line, 0)
        return self._lines.start_of(line) + _code_points(self.line_text(line), max(position.character, 0), encoding)

    def position_at(self, offset: int, encoding: PositionEncoding) -> Position:
        r"""The position of an offset, clamped to the document; between `\r` and `\n` is the line's end."""
        offset = min(max(offset, 0), len(self.text))
        line, start = self._lines.line_of(offset)
        return Position(line, _units(self.line_text(line)[: offset - start], encoding))

    def edited(self, changes: Iterable[Change], *, version: int, encoding: PositionEncoding) -> "Document":
        """The document after `changes`, each one seen from the state that the one before it left."""
        document = dataclasses.replace(self, version=version)
        for change in changes:
            document = document._replaced(change, encoding)
        return document

    @property
    def _lines(self) -> _Lines:
        # Always set after `__post_init__`.
        return self._index or _Lines(_split(self.text))

    def _replaced(self, change: Change, encoding: PositionEncoding) -> "Document":
        if change.range is None:
            return dataclasses.replace(self, text=change.text, _index=None)
        start, end = sorted(
            (self.offset_at(change.range.start, encoding), self.offset_at(change.range.end, encoding)),
        )
        # The lines around the touched ones are split again too: an edit can join or part a `\r` and a `\n`.
        index = self._lines
        first, _ = index.line_of(start)
        first = max(first - 1, 0)
        last = min(index.line_of(end)[0] + 2, len(index.lines))
        from_offset = index.start_of(first)
        to_offset = from_offset + sum(map(len, index.lines[first:last]))
        touched = _joined(self.text[from_offset:start] + change.text + self.text[end:to_offset])
        fresh = _split(touched)
        if last < len(index.lines):
            # What follows begins a line of its own, so the empty line after the last line end is not one here.
            fresh = fresh[:-1]
        return dataclasses.replace(
            self,
            text=self.text[:from_offset] + touched + self.text[to_offset:],
            _index=_Lines((*index.lines[:first], *fresh, *index.lines[last:]), first, from_offset),
        )


def _split(text: str) -> tuple[str, ...]:
    # Searched only as far as lines end: in a last line without an end every character would be tried as a start.
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    return (*_LINE.findall(text, 0, end), text[end:])


def _joined(text: str) -> str:
    if text.isascii() or _SPLIT_PAIR.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _code_points(line: str, units: int, encoding: PositionEncoding) -> int:
    """How many characters of `line` lie before its first `units` units."""
    # A character is one unit or more, so no more than `units` characters can matter.
    head = line[:units]
    if encoding is PositionEncoding.UTF32 or head.isascii():
        return len(head)
    if encoding is PositionEncoding.UTF8:
        encoded = line[: units + 1].encode("utf-8", "surrogatepass")
        cut = min(units, len(encoded))
        while 0 < cut < len(encoded) and encoded[cut] & _CONTINUATION_MASK == _CONTINUATION_BYTE:
            cut -= 1
        return len(encoded[:cut].decode("utf-8", "surrogatepass"))
    encoded = line[: units + 1].encode("utf-16-le", "surrogatepass")
    cut = min(units, len(encoded) // 2)
    if 0 < cut < len(encoded) // 2 and _unit(encoded, cut) in _LOW_SURROGATES:
        # Only inside a pair: a low surrogate of its own begins a character.
        cut -= _unit(encoded, cut - 1) in _HIGH_SURROGATES
    return len(encoded[: 2 * cut].decode("utf-16-le", "surrogatepass"))


def _unit(encoded: bytes, index: int) -> int:
    return int.from_bytes(encoded[2 * index : 2 * index + 2], "little")


def _units(head: str, encoding: PositionEncoding) -> int:
    """How many units the characters of `head` take."""
    if encoding is PositionEncoding.UTF32 or head.isascii():
        return len(head)
    if encoding is PositionEncoding.UTF8:
        return len(head.encode("utf-8", "surrogatepass"))
    return len(head.encode("utf-16-le", "surrogatepass")) // 2

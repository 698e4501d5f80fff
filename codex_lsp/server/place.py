"""The place that is completed: a snapshot of the document, and what an accepted item replaces in it."""

from dataclasses import dataclass

from codex_lsp.context.cursor import cursor_context
from codex_lsp.context.document import Change, Document, Position, PositionEncoding, Range
from codex_lsp.types import CursorContext

MAX_WORD = 256
"""Of a longer word only its end is replaced: every item repeats what it replaces, and no menu filters by more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to complete.

    Attributes:
        context: The document around the cursor; with a selected menu entry, as if it had been accepted.
        version: Of the document.
        range: What an item replaces; it starts and ends on the cursor's line.
        typed: The text that every item begins with, because its range begins before the place that is completed.
        replaced: What stands in `range`.
    """

    context: CursorContext
    version: int
    range: Range
    typed: str = ""
    replaced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The entry of the completion menu that is selected: `text` would replace `range`."""

    range: Range
    text: str


def place_at(document: Document, position: Position, encoding: PositionEncoding, *, path: str) -> Place:
    """The cursor itself, clamped to the document."""
    offset = document.offset_at(position, encoding)
    cursor = document.position_at(offset, encoding)
    context = cursor_context(document, offset, path=path)
    return Place(context=context, version=document.version, range=Range(cursor, cursor))


def place_after_selection(
    document: Document, selection: Selection, encoding: PositionEncoding, *, path: str
) -> Place | None:
    """The place after a selected menu entry, as if it had been accepted; None for a range of several lines."""
    chosen = selection.range
    if chosen.start.line != chosen.end.line:
        return None
    start, end = sorted((document.offset_at(chosen.start, encoding), document.offset_at(chosen.end, encoding)))
    change = Change(range=chosen, text=selection.text)
    accepted = document.edited([change], version=document.version, encoding=encoding)
    context = cursor_context(accepted, start + len(selection.text), path=path)
    replaced = document.text[start:end]
    return Place(context=context, version=document.version, range=chosen, typed=selection.text, replaced=replaced)


def place_of_word(document: Document, position: Position, encoding: PositionEncoding, *, path: str) -> Place:
    """The cursor, with the word before it: menus filter by that word, so items have to begin with it."""
    place = place_at(document, position, encoding, path=path)
    line_prefix = place.context.line_prefix
    word = line_prefix[_word_start(line_prefix) :]
    offset = len(place.context.prefix) - len(word)
    start = document.position_at(offset, encoding)
    span = Range(start, place.range.end)
    return Place(context=place.context, version=place.version, range=span, typed=word, replaced=word)


def _word_start(line_prefix: str) -> int:
    # Backwards from the cursor: a search from the line's start would try every character of a long word.
    start = len(line_prefix)
    while start > max(len(line_prefix) - MAX_WORD, 0) and _is_word_character(line_prefix[start - 1]):
        start -= 1
    return start


def _is_word_character(character: str) -> bool:
    return character.isalnum() or character == "_"

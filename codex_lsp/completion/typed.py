"""What a person typed at a place, and what their editor has closed of it by itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from codex_lsp.context.brackets import OPENERS, awaited_closers, closing_quote, unmatched_closers

_MAX_CLOSED = 16
"""Of brackets nested deeper nobody keeps count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A text typed at a place.

    Attributes:
        text: All of it, up to the cursor.
        closed: The brackets and quotes after the cursor with which the editor has closed what the text opens, innermost
            first.
    """

    text: str = ""
    closed: str = ""

    def __bool__(self) -> bool:
        """Whether anything was typed."""
        return bool(self.text)

    def left_of(self, insert: str) -> str | None:
        """What goes on at the cursor where `insert` was typed in part, or None where something else was.

        It ends where it would close what is closed already: the rest is shown once that has been typed over.
        """
        if not insert.startswith(self.text):
            return None
        left = insert[len(self.text) :]
        if not self.closed:
            return left
        end = _closing_at(left, self.closed)
        return left if end is None else left[:end]


NOTHING = Typed()


def typed_before(text: str, after: str, size: int) -> Typed | None:
    """What was typed where `text` stands before the cursor and `size` code points more than there were after it.

    Args:
        text: What came before the cursor.
        after: What stands after it now.
        size: How much of that may have been closed by the editor; 0 for nothing.
    """
    if not size:
        return Typed(text=text)
    closed = after[:size] if 0 < size <= _MAX_CLOSED else ""
    return Typed(text=text, closed=closed) if closed and awaited_closers(text).startswith(closed) else None


def readings_of(inserted: str) -> Iterator[Typed]:
    """What may have been typed for `inserted` to be new in a document, wherever the cursor is now.

    >>> [reading.text for reading in readings_of("f(x)")]
    ['f(x)', 'f(x']
    """
    yield Typed(text=inserted)
    for size in range(1, min(len(inserted), _MAX_CLOSED + 1)):
        reading = typed_before(inserted[:-size], inserted[-size:], size)
        if reading is not None:
            yield reading


def _closing_at(left: str, closed: str) -> int | None:
    if closed[0] in OPENERS:
        return next(iter(unmatched_closers(left)), None)
    return closing_quote(left, closed[:3] if closed[:3] == closed[0] * 3 else closed[0])

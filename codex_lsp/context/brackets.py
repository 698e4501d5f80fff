"""Brackets and quotes of a piece of code, told by its characters alone."""

import functools
import re
from collections.abc import Iterable

OPENERS = {")": "(", "]": "[", "}": "{"}
QUOTES = frozenset("\"'`")
TRIPLE_QUOTES = ('"""', "'''")
CLOSERS = {opener: closer for closer, opener in OPENERS.items()}
# A whole string literal, or one escape, bracket or quote outside of such. Escapes are marks of their own, so that an
# unclosed quote before many of them is looked for an end of once, not once for each.
_MARKS = (
    r"\"\"\"(?s:\\.|[^\\])*?\"\"\"|'''(?s:\\.|[^\\])*?'''"
    r"|\"\"\"|'''"
    r"|\"(?:\\.|[^\"\\\n])*+\"|'(?:\\.|[^'\\\n])*+'"
    r"|`(?:\\.|[^`\\\n])*+`|\\.|[()\[\]{}\"'`]"
)
_MARK = re.compile(_MARKS)
_COMMENTS = {"#": r"#[^\n]*+|", "//": r"//[^\n]*+|/\*(?s:.*?)\*/|", "--": r"--[^\n]*+|"}


class Opened:
    """The brackets that are open at ever later places of a text; complete string literals are skipped."""

    def __init__(self, text: str, comment: str = "", above: Iterable[str] = ()) -> None:
        """Those of `text`; nothing is looked at yet.

        Args:
            text: Looked at without what stands in comments.
            comment: What they begin with.
            above: The brackets that are open where the text begins.
        """
        self._marks = _pattern(comment).finditer(text)
        self._next = next(self._marks, None)
        self._stack = list(above)

    def before(self, place: int) -> list[str]:
        """The brackets open just before `place`, outermost first; `place` never goes back."""
        while self._next is not None and self._next.start() < place:
            mark = self._next[0]
            if mark in CLOSERS:
                self._stack.append(mark)
            elif self._stack and mark in OPENERS and self._stack[-1] == OPENERS[mark]:
                self._stack.pop()
            self._next = next(self._marks, None)
        return self._stack


@functools.cache
def _pattern(comment: str) -> re.Pattern[str]:
    return re.compile(_COMMENTS.get(comment, "") + _MARKS)


def unclosed(text: str) -> list[str]:
    """The brackets that `text` opens and does not close, outermost first; complete string literals are skipped.

    >>> unclosed("print(items[0], {")
    ['(', '{']
    """
    return Opened(text).before(len(text))


def open_quote(line: str) -> str | None:
    """The quote of the one-line string that `line` ends inside of, or None.

    >>> open_quote("print('it is ")
    "'"
    """
    return next((mark for mark in _MARK.findall(line) if mark in QUOTES), None)


def awaited_closers(text: str) -> str:
    """What would close all that `text` leaves open, innermost first; inside of a string its quote comes first.

    >>> awaited_closers("print(items[0], {"), awaited_closers("print(" + "'it (")
    ('})', "')")
    """
    stack: list[str] = []
    for mark in _MARK.findall(text):
        if mark in CLOSERS:
            stack.append(CLOSERS[mark])
        elif stack and stack[-1] == mark:
            stack.pop()
        elif mark in QUOTES or mark in TRIPLE_QUOTES:
            # Whole literals are marks of their own, so that this one is open; what follows is inside of it.
            stack.append(mark)
            break
    return "".join(reversed(stack))


def closing_quote(text: str, quote: str) -> int | None:
    """Where `text`, which begins inside of a string, ends it with `quote`, or None."""
    position = 0
    while position < len(text) and not text.startswith(quote, position):
        position += 2 if text[position] == "\\" else 1
    return position if position < len(text) else None


def unmatched_closers(text: str) -> list[int]:
    """Where `text` closes a bracket that it did not open.

    >>> unmatched_closers("a(b), c)]")
    [7, 8]
    """
    stack: list[str] = []
    places: list[int] = []
    for match in _MARK.finditer(text):
        mark = match[0]
        if mark in OPENERS.values():
            stack.append(mark)
        elif mark in OPENERS:
            if stack:
                stack.pop()
            else:
                places.append(match.start())
    return places

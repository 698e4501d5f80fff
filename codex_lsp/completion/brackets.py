"""Brackets and quotes of a piece of code, told by its characters alone."""

import re

# A whole string literal on one line, or one bracket or quote outside of such.
_MARK = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[()\[\]{}\"']")
OPENERS = {")": "(", "]": "[", "}": "{"}
QUOTES = frozenset("\"'")


def unclosed(text: str) -> list[str]:
    """The brackets that `text` opens and does not close, outermost first; complete string literals are skipped.

    >>> unclosed("print(items[0], {")
    ['(', '{']
    """
    stack: list[str] = []
    for mark in _MARK.findall(text):
        if mark in OPENERS.values():
            stack.append(mark)
        elif mark in OPENERS and stack and stack[-1] == OPENERS[mark]:
            stack.pop()
    return stack


def open_quote(line: str) -> str | None:
    """The quote of the string that `line` ends inside of, or None.

    >>> open_quote("print('it is ")
    "'"
    """
    return next((mark for mark in _MARK.findall(line) if mark in QUOTES), None)


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

"""Larger inputs of the same kinds, on which a better algorithm shows."""

from codex_lsp.assist.docstring_calls import Arguments

MOST_ITEMS = 2000
TIMES = 100
"""How much longer what holds items is made, up to `MOST_ITEMS`."""
MORE = 50
"""How much larger whole numbers are made, up to a million."""
_MOST_NUMBER = 1_000_000


def longer(arguments: Arguments) -> Arguments:
    """The same call with longer lists, tuples and texts."""
    return tuple(_longer(value) for value in arguments)


def larger(arguments: Arguments) -> Arguments:
    """The same call with larger whole numbers."""
    return tuple(_larger(value) for value in arguments)


def _longer(value: object) -> object:
    match value:
        case str() | list() | tuple() if value:
            return (value * min(TIMES, max(1, MOST_ITEMS // len(value))))[:MOST_ITEMS]
        case _:
            return value


def _larger(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-_MOST_NUMBER, min(value * MORE, _MOST_NUMBER))
    return value

r"""Whether what a docstring says and what a function gave are the same, as a person would see it.

>>> agrees("6.00", "6", loose=False), agrees("[1, 2]", "(1, 2)", loose=False), agrees("3", "4", loose=False)
(True, True, False)
"""

import ast
from typing import cast

_UNKNOWN = object()
_MOST_DECIMALS = 15


def agrees(expected: str, value: str, *, loose: bool) -> bool | None:
    """Compare two expressions; None where they cannot be.

    Numbers are equal whatever their kinds are, lists and tuples by their items; a number that is written with fewer
    decimals is equal to one that rounds to it; `("a")` is a tuple, where one is given.

    Args:
        expected: What the author wrote.
        value: What was given.
        loose: In a notation that need not be Python's: a number for a list is then something else, no contradiction.
    """
    said, given = literal(expected), literal(value)
    if said is _UNKNOWN or given is _UNKNOWN:
        return True if ast.dump(_parsed(expected)) == ast.dump(_parsed(value)) else None
    if _same(said, given) or (loose and _rounds(expected, said, given)):
        return True
    if expected.startswith("(") and isinstance(given, tuple) and _same((said,), given):
        return True
    if loose and given is not None and _is_holder(said) != _is_holder(given):
        return None
    return False


def literal(text: str) -> object:
    """The value of a literal; something that equals nothing where it is none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return _UNKNOWN


def same_kind(expected: str, value: str) -> bool:
    """Whether an agreeing expectation can be written as it stands: equal for Python, and of one type."""
    said, given = literal(expected), literal(value)
    return said is not _UNKNOWN and type(said) is type(given) and said == given


def _same(one: object, other: object) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        rows = cast("tuple[object, ...]", (*one,)), cast("tuple[object, ...]", (*other,))
        return len(rows[0]) == len(rows[1]) and all(map(_same, *rows))
    return one == other


def _rounds(expected: str, said: object, given: object) -> bool:
    """Whether a number rounds to the one that is written, with the decimals it is written with."""
    if not isinstance(said, float) or not isinstance(given, float):
        return False
    decimals = len(expected.partition(".")[2])
    return decimals <= _MOST_DECIMALS and round(given, decimals) == said


def _is_holder(value: object) -> bool:
    return isinstance(value, list | tuple | dict | set)


def _parsed(text: str) -> ast.AST:
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return ast.Constant(text)

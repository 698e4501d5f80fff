"""Which tests of a contest problem its own text shows: those a solver has seen, the others are hidden."""

import json
import re
from collections.abc import Sequence
from typing import Any


def is_public_run(question: str, given: str, wanted: str) -> bool:
    r"""Whether the text shows an input and, below it, its output, line by line.

    >>> is_public_run("Add.\n\n-----Example-----\nInput\n1 2\n\nOutput\n3\n", "1 2\n", "3\n")
    True
    >>> is_public_run("Add 1 2 to get 3.", "1 2\n", "3\n")
    False
    """
    lines = _lines(question)
    first = _run_of(lines, _lines(given))
    return first is not None and _run_of(lines[first:], _lines(wanted)) is not None


def is_public_call(question: str, given: Sequence[Any], wanted: Any) -> bool:
    """Whether the text shows each argument and the result, in this order, as values of their own.

    >>> is_public_call("Input: nums = [2, 7], target = 9; Output: [0,1]", [[2, 7], 9], [0, 1])
    True
    >>> is_public_call("Input: 25; Output: 5", [2], 5)
    False
    """
    text = re.sub(r"[^\S\n]", "", question.replace("'", '"')).lower()
    # Some rows wrap the result in a list.
    inner: list[Any] = wanted if isinstance(wanted, list) and len(wanted) == 1 else []
    return _shows(text, (*given, wanted)) or any(_shows(text, (*given, result)) for result in inner)


def _shows(text: str, values: Sequence[Any]) -> bool:
    place = 0
    for value in values:
        shown = re.escape(re.sub(r"\s", "", json.dumps(value)).lower())
        found = re.compile(rf"(?<![\w.\-]){shown}(?!\w|\.\d)").search(text, place)
        if found is None:
            return False
        place = found.end()
    return True


def _lines(text: str) -> list[str]:
    """Lines that are not blank, with blanks between words made one."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _run_of(lines: list[str], wanted: list[str]) -> int | None:
    """Where these lines stand one below the other: the place after them; None where they do not."""
    if not wanted:
        return None
    for start in range(len(lines) - len(wanted) + 1):
        if lines[start : start + len(wanted)] == wanted:
            return start + len(wanted)
    return None

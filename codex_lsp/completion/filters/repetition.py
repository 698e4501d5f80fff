"""Models that have nothing to say say it again and again."""

import re

from codex_lsp.completion.filters.next_lines import is_common
from codex_lsp.types import Candidate, CursorContext

_WORD = re.compile(r"\w+|[^\w\s]")
MAX_WORDS = 192
"""Words looked at, from the end: a loop, once in it, does not end."""
# The longest period, how often it must come, and how many words that must be: the shorter, the more of it is chance.
_LOOPS = ((4, 8, 24), (16, 4, 32), (64, 3, 48))
_SAME_LINES = 4


def drop_repetition(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """Drop a candidate that ends in a loop of lines or words, or writes one line over and over."""
    del context
    return None if is_loop(candidate.insert) else candidate


def is_loop(text: str) -> bool:
    """Whether a text ends in a loop of lines or words, or has one line over and over."""
    return _has_same_lines(text) or _ends_in_loop(text)


def _has_same_lines(text: str) -> bool:
    """Whether several lines that follow each other are the same; lines that end blocks may be."""
    run, last = 0, ""
    for line in text.split("\n"):
        words = " ".join(line.split())
        run = run + 1 if words == last else 1
        last = words
        if run >= _SAME_LINES and not is_common(words):
            return True
    return False


def _ends_in_loop(text: str) -> bool:
    words = _WORD.findall(text)[: -MAX_WORDS - 1 : -1]
    for length, period in enumerate(_periods(words), start=1):
        for longest, times, least in _LOOPS:
            if period <= longest:
                if length >= max(least, times * period):
                    return True
                break
    return False


def _periods(words: list[str]) -> list[int]:
    """The smallest period of each beginning of `words`, by the failure function of Knuth, Morris and Pratt.

    >>> _periods(["a", "b", "a", "b"])
    [1, 2, 2, 2]
    """
    failure = [0] * (len(words) + 1)
    failure[0] = -1
    known = -1
    for place, word in enumerate(words):
        while known >= 0 and words[known] != word:
            known = failure[known]
        known += 1
        failure[place + 1] = known
    return [length - failure[length] for length in range(1, len(words) + 1)]

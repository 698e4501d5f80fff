"""How near an answer is to what stood there."""

from difflib import SequenceMatcher

EDIT_SIMILARITY = "Ratcliff-Obershelp"
"""The name of the similarity in use: twice the matched characters over all characters of both texts."""


def is_exact(answer: str, truth: str) -> bool:
    """Whether both are equal after trailing blanks are stripped.

    >>> is_exact("x = 1 ", "x = 1"), is_exact(" x = 1", "x = 1")
    (True, False)
    """
    return answer.rstrip() == truth.rstrip()


def edit_similarity(answer: str, truth: str) -> float:
    """From 0.0, nothing in common, to 1.0, equal after trailing blanks are stripped.

    It is `difflib.SequenceMatcher.ratio` without its shortcut for frequent characters.

    >>> edit_similarity("total = 0", "total = 1")
    0.8888888888888888
    """
    return SequenceMatcher(None, answer.rstrip(), truth.rstrip(), autojunk=False).ratio()

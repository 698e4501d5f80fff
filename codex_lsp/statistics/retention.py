"""How much of an accepted text is still there. Pure."""

from difflib import SequenceMatcher

from codex_lsp.statistics.span import edit_between

MAX_COMPARED = 1000
"""Characters on either side that are compared; what lies beyond counts as gone. It bounds the time that this takes."""


def kept_characters(accepted: str, now: str) -> int:
    r"""How many characters of `accepted` still stand in `now`, in their order; line ends of all kinds are alike.

    >>> kept_characters("return a + b", "return a - b"), kept_characters("a\nb", "a\r\nb"), kept_characters("abc", "")
    (11, 3, 0)
    """
    accepted, now = plain(accepted), plain(now)
    changed = edit_between(accepted, now)
    untouched = len(accepted) - (changed.end - changed.start)
    gone = accepted[changed.start : changed.end][:MAX_COMPARED]
    # Without its shortcut for frequent characters, which would leave out blanks.
    matcher = SequenceMatcher(None, gone, changed.text[:MAX_COMPARED], autojunk=False)
    return untouched + sum(block.size for block in matcher.get_matching_blocks())


def plain(text: str) -> str:
    r"""`text` with every line end a `\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

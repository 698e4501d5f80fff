"""How much of an accepted text is still there. Pure."""

import re
from difflib import SequenceMatcher

from codex_lsp.statistics.span import edit_between

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
MAX_COMPARED = 400
"""Characters on either side that are compared; what lies beyond counts as gone. It bounds the time that this takes."""


def kept_characters(accepted: str, now: str) -> int:
    r"""How many characters of `accepted` still stand in `now`, in their order; line ends of all kinds are alike.

    At the beginning and at the end of what was changed characters count, between them whole words.

    >>> kept_characters("return a + b", "return a - b"), kept_characters("a\nb", "a\r\nb"), kept_characters("abc", "")
    (11, 3, 0)
    """
    accepted, now = plain(accepted), plain(now)
    changed = edit_between(accepted, now)
    untouched = len(accepted) - (changed.end - changed.start)
    before = _WORD.findall(accepted[changed.start : changed.end][:MAX_COMPARED])
    after = _WORD.findall(changed.text[:MAX_COMPARED])
    # Without its shortcut for frequent words, which would leave out blanks.
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return untouched + sum(len("".join(before[block.a : block.a + block.size])) for block in blocks)


def plain(text: str) -> str:
    r"""`text` with every line end a `\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

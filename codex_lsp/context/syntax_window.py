"""How much of a document is parsed: from the nearest line at the left edge on, and not too much of it."""

import functools
import re
from itertools import islice

from codex_lsp.context.grammar import words_of

MAX_WINDOW = 12_000
"""Code points parsed before the cursor."""
MAX_LINE = 2_000
"""A longer line is no code that a person writes (a minified file): it is not parsed at all."""
_DEFINITION = re.compile(
    r"^[ \t]*+(?:(?:async|export|public|private|protected|internal|static|final|abstract|override|virtual)[ \t]++)*+"
    r"(?:def|class|func|function|fn|sub|interface|struct|enum|void|constructor)\b",
    re.MULTILINE,
)


def window_before(prefix: str, language: str) -> str | None:
    """The end of `prefix` from the nearest top-level statement on: all that the statement at the cursor can need.

    Of a top-level statement that begins too far above, it is what follows the first definition that is near enough.
    None where the cursor's line is too long to be parsed.
    """
    tail = prefix[-MAX_WINDOW:]
    if len(tail) - tail.rfind("\n") > MAX_LINE:
        return None
    top_level = _top_level(language)
    end = len(tail)
    while end > 0:
        start = tail.rfind("\n", 0, end) + 1
        # The first line of a tail may be the end of one.
        if (start > 0 or len(tail) == len(prefix)) and top_level.match(tail, start):
            return _with_decorators(tail, start)
        end = start - 1
    definition = _DEFINITION.search(tail, tail.find("\n") + 1)
    return tail[definition.start() :] if definition is not None else tail


def window_around(prefix: str, suffix: str, language: str) -> tuple[str, str] | None:
    """What stands around the cursor in whole top-level statements: its own, and one of each side of it.

    One more on each side, because a line alone tells nothing: what begins there may be the text of a long string.
    None where the cursor's line is too long to be parsed, or the end of its statement is too far off.
    """
    before, after = window_before(prefix, language), _window_after(suffix, language)
    if before is None or after is None:
        return None
    above = len(prefix) - len(before) - 1
    if "\n" not in before and above > 0:
        before = f"{window_before(prefix[:above], language) or ''}\n{before}"
    return before, after


def _window_after(suffix: str, language: str) -> str | None:
    head = suffix[:MAX_WINDOW]
    starts = [match.start() for match in islice(_top_level(language).finditer(head, head.find("\n") + 1), 2)]
    if len(starts) > 1:
        return head[: starts[1]]
    return head if len(head) == len(suffix) else None


@functools.cache
def _top_level(language: str) -> re.Pattern[str]:
    """A line at the left edge that begins a statement: no blank, comment or closing bracket, nothing that goes on."""
    words = words_of(language)
    others = "|".join(sorted(words.continued | words.endings)) or "(?!)"
    # Where blocks are told by braces, the one of a function may stand alone at the left edge.
    first = r"[\w@\"'(\[{*]" if language == "python" else r"[\w@\"'(\[*#<~$&%]"
    return re.compile(rf"^(?!(?i:{others})\b){first}", re.MULTILINE)


def _with_decorators(tail: str, start: int) -> str:
    while start > 0:
        above = tail.rfind("\n", 0, start - 1) + 1
        if not tail.startswith(("@", "[", "#["), above):
            break
        start = above
    return tail[start:]

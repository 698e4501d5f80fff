"""The cursor's line, and what follows it, as the filters need them."""

import re
from dataclasses import dataclass
from itertools import islice

from codex_lsp.context.brackets import TRIPLE_QUOTES, open_quote, unclosed
from codex_lsp.types import CursorContext

_LINE_WITH_TEXT = re.compile(r"\n([^\n]*\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is known of a line; found out once, since a line may be as long as its file.

    Attributes:
        before: The line before the cursor.
        after: The line after the cursor.
        quote: The quote of the string that the cursor is in, or None.
        openers: The brackets that the line opens before the cursor and does not close there, outermost first.
        following: The next two lines that are not blank, without trailing blanks; fewer near the end.
    """

    before: str
    after: str
    quote: str | None
    openers: tuple[str, ...]
    following: tuple[str, ...]

    @property
    def rest(self) -> str:
        """What stands after the cursor, without blanks around it."""
        return self.after.strip()


def line_at(context: CursorContext) -> Line:
    """The cursor's line."""
    before, after = context.line_prefix, context.line_suffix
    return Line(
        before=before,
        after=after,
        quote=_quote_at(context.prefix, before, after.strip()),
        openers=tuple(unclosed(before)),
        following=tuple(match[1] for match in islice(_LINE_WITH_TEXT.finditer(context.suffix, len(after)), 2)),
    )


def _quote_at(prefix: str, before: str, rest: str) -> str | None:
    for triple in TRIPLE_QUOTES:
        # The string may have begun on any line above; what stands after the cursor begins another where none is open.
        if rest.startswith(triple) and prefix.count(triple) % 2:
            return triple
    return open_quote(before)

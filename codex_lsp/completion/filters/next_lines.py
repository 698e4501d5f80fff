"""Lines that follow the cursor are not written again."""

import re

from codex_lsp.completion.truncate import shortened
from codex_lsp.types import Candidate, CursorContext

_LINE_WITH_TEXT = re.compile(r"\n([^\n]*\S)")


def trim_repeated_lines(candidate: Candidate, context: CursorContext) -> Candidate:
    """Cut before the candidate's first line that is the document's next line.

    Where that is its very first one, nothing is left. Lines are equal with their indentation, so that the closing
    brackets of inner blocks stay.
    """
    following = _next_line(context)
    if following is None:
        return candidate
    start = 0
    first = True
    while start <= len(candidate.insert):
        end = candidate.insert.find("\n", start)
        end = len(candidate.insert) if end < 0 else end
        line = candidate.insert[start:end]
        if first:
            line = context.line_prefix + line + context.line_suffix
        if line.rstrip() == following:
            return shortened(candidate, len(candidate.insert[:start].rstrip()))
        start, first = end + 1, False
    return candidate


def _next_line(context: CursorContext) -> str | None:
    """The first line after the cursor's that is not blank, without trailing blanks."""
    found = _LINE_WITH_TEXT.search(context.suffix, len(context.line_suffix))
    return found[1] if found is not None else None

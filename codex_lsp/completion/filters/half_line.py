"""A row that was cut off ends in half a line, or half a statement."""

import re

from codex_lsp.completion.truncate import shortened
from codex_lsp.context.brackets import OPENERS, TRIPLE_QUOTES, open_quote, unclosed
from codex_lsp.types import Candidate, CursorContext, FinishReason

# A line that cannot be the last one: it opens a block, or ends in an operator, a comma or a continuation.
_GOES_ON = re.compile(r"(?:[:,=+*/%&|<\\.(\[{-]|\b(?:and|or|not|in|is|else|do|then|return))\s*\Z")


def trim_half_line(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """Cut a row that ended by length, or was given up, after its last whole statement; drop it where it has none.

    What was cut before, at the end of what was asked for, is whole. A statement is whole where its brackets and quotes
    are closed and its last line does not go on.
    """
    reason = candidate.finish_reason
    cut_off = reason in {FinishReason.LENGTH, FinishReason.CANCELLED}
    if not cut_off or candidate.kept < len(candidate.text.rstrip()):
        return candidate
    text = candidate.insert
    line_end = text.rfind("\n")
    # A line alone that reached the limit may be whole; one that was given up is not.
    only_line = line_end < 0 or not text[:line_end].strip()
    end = len(text) if candidate.text.endswith("\n") or (only_line and reason is FinishReason.LENGTH) else line_end
    closed_after = sum(character in OPENERS for character in context.line_suffix)
    while end > 0 and text[:end].strip():
        if _is_whole(context.line_prefix + text[:end], closed_after):
            return shortened(candidate, len(text[:end].rstrip()))
        end = text.rfind("\n", 0, end)
    return None


def _is_whole(text: str, closed_after: int) -> bool:
    """Whether a text ends with a whole statement, when so many brackets are closed after it."""
    if len(unclosed(text)) > closed_after or _GOES_ON.search(text):
        return False
    last_line = text[text.rstrip().rfind("\n") + 1 :]
    return open_quote(last_line) is None and not any(text.count(quotes) % 2 for quotes in TRIPLE_QUOTES)

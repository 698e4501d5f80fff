"""A row that was cut off ends in half a line."""

from codex_lsp.completion.truncate import shortened
from codex_lsp.types import Candidate, CursorContext, FinishReason


def trim_half_line(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """Take off the last line of a row that ended by length, where it has more than one and nothing cut it before.

    A row that was given up half-way has no whole line to show where it has only one.
    """
    del context
    cut_off = candidate.finish_reason in {FinishReason.LENGTH, FinishReason.CANCELLED}
    whole = candidate.kept < len(candidate.text.rstrip()) or candidate.text.endswith("\n")
    if not cut_off or whole:
        return candidate
    last_line = candidate.insert.rfind("\n")
    if last_line >= 0 and candidate.insert[:last_line].strip():
        return shortened(candidate, len(candidate.insert[:last_line].rstrip()))
    return candidate if candidate.finish_reason is FinishReason.LENGTH else None

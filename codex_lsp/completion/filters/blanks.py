"""Nothing to see is nothing to suggest."""

from codex_lsp.types import Candidate, CursorContext


def drop_blank(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """Drop a candidate that would insert nothing, or only blanks."""
    del context
    return candidate if candidate.insert.strip() else None

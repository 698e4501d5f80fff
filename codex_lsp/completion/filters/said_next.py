"""What the document says next is not suggested, however it is indented."""

from codex_lsp.completion.filters.next_lines import is_common
from codex_lsp.completion.line import line_at
from codex_lsp.types import Candidate, CursorContext


def drop_said_next(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """Drop a candidate that is, but for blanks, what the document's next lines are."""
    line = line_at(context)
    said = [" ".join(text.split()) for text in (line.before + candidate.insert + line.after).split("\n")]
    said = [text for text in said if text]
    following = [" ".join(text.split()) for text in line.following]
    if not said or len(said) > len(following) or said != following[: len(said)]:
        return candidate
    return candidate if len(said) == 1 and is_common(line.following[0]) else None

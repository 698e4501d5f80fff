"""What happens to a candidate after it is truncated: one ordered tuple of small filters."""

from collections.abc import Callable

from codex_lsp.completion.filters.blanks import drop_blank
from codex_lsp.completion.filters.control_tokens import drop_control_tokens
from codex_lsp.completion.filters.half_line import trim_half_line
from codex_lsp.completion.filters.leading_blanks import trim_leading_blanks
from codex_lsp.completion.filters.next_lines import trim_repeated_lines
from codex_lsp.completion.filters.rest_of_line import trim_rest_of_line
from codex_lsp.completion.truncate import truncate
from codex_lsp.types import Candidate, CursorContext

Filter = Callable[[Candidate, CursorContext], Candidate | None]

# In this order: cut to what was asked for, then fit it to what follows the cursor, then drop what is left of no use.
FILTERS: tuple[Filter, ...] = (
    truncate,
    trim_half_line,
    trim_rest_of_line,
    trim_repeated_lines,
    trim_leading_blanks,
    drop_control_tokens,
    drop_blank,
)


def filtered(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """The candidate as it may be shown, or None where it may not."""
    result: Candidate | None = candidate
    for apply in FILTERS:
        if result is None:
            return None
        result = apply(result, context)
    return result

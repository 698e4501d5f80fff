"""What happens to a candidate after it is truncated: one ordered tuple of small filters."""

from collections.abc import Callable

from codex_lsp.completion.filters.blanks import drop_blank
from codex_lsp.completion.filters.broken_syntax import drop_broken_syntax
from codex_lsp.completion.filters.control_tokens import drop_control_tokens
from codex_lsp.completion.filters.half_line import trim_half_line
from codex_lsp.completion.filters.indentation import fit_indentation
from codex_lsp.completion.filters.leading_blanks import trim_leading_blanks
from codex_lsp.completion.filters.next_lines import trim_repeated_lines
from codex_lsp.completion.filters.repetition import drop_repetition
from codex_lsp.completion.filters.rest_of_line import trim_rest_of_line
from codex_lsp.completion.filters.said_next import drop_said_next
from codex_lsp.completion.filters.secrets import drop_secrets
from codex_lsp.completion.truncate import truncate
from codex_lsp.types import Candidate, CursorContext

Filter = Callable[[Candidate, CursorContext], Candidate | None]

# In this order: cut to what was asked for, then fit it to what is around the cursor, then drop what is left of no use,
# what costs a parser last.
FILTERS: tuple[Filter, ...] = (
    truncate,
    trim_half_line,
    trim_rest_of_line,
    trim_repeated_lines,
    trim_leading_blanks,
    fit_indentation,
    drop_blank,
    drop_control_tokens,
    drop_repetition,
    drop_said_next,
    drop_secrets,
    drop_broken_syntax,
)


def filtered(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """The candidate as it may be shown, or None where it may not."""
    result: Candidate | None = candidate
    for apply in FILTERS:
        if result is None:
            return None
        result = apply(result, context)
    return result

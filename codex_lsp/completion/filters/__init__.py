"""What happens to a candidate after it is truncated: one ordered tuple of small filters.

Any of them can be switched off by its name (`completion.disabled_filters`). Recitation has a name too, and is applied
by the pipeline, which knows whether the model is the embedded one.
"""

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
from codex_lsp.completion.truncate import truncate, truncate_to_line
from codex_lsp.config import CompletionSettings
from codex_lsp.types import Candidate, CursorContext

Filter = Callable[[Candidate, CursorContext], Candidate | None]

# In this order, once it is cut to what was asked for: fit it to what is around the cursor, then drop what is left of no
# use, what costs a parser last.
FILTERS: tuple[tuple[str, Filter], ...] = (
    ("half_line", trim_half_line),
    ("rest_of_line", trim_rest_of_line),
    ("next_lines", trim_repeated_lines),
    ("leading_blanks", trim_leading_blanks),
    ("indentation", fit_indentation),
    ("blanks", drop_blank),
    ("control_tokens", drop_control_tokens),
    ("repetition", drop_repetition),
    ("said_next", drop_said_next),
    ("secrets", drop_secrets),
    ("broken_syntax", drop_broken_syntax),
)
_DEFAULTS = CompletionSettings()


def filtered(
    candidate: Candidate, context: CursorContext, settings: CompletionSettings = _DEFAULTS
) -> Candidate | None:
    """The candidate as it may be shown, or None where it may not."""
    cut = truncate if settings.blocks == "auto" else truncate_to_line
    result: Candidate | None = cut(candidate, context)
    for name, apply in FILTERS:
        if result is None:
            return None
        if name not in settings.disabled_filters:
            result = apply(result, context)
    return result

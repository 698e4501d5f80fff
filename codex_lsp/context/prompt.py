"""A cursor becomes a prompt: which part of the document the model is shown.

The window before the cursor starts on a grid, so that it moves in large steps and typing only appends: a model that
keeps what it has read needs to read the new tokens only. No more of a document is ever counted than could be shown.
"""

import re
from collections.abc import Callable

from codex_lsp.context.cursor import plain_newlines
from codex_lsp.context.kept_parts import KeptParts
from codex_lsp.types import CursorContext, Header, Prompt, Snippet

# Code has at most about 4 characters a token, so that one step of the grid is 256 tokens or more.
STEP_CHARACTERS = 1024
# Control tokens around prefix and suffix, and what is lost where pieces are counted one by one.
OVERHEAD_TOKENS = 16
SNIPPET_OVERHEAD_TOKENS = 6
_FEWEST_CHARACTERS_PER_TOKEN = 3
# Nothing has more characters a token on average than this; it bounds the work, not the prompt.
_MAX_CHARACTERS_PER_TOKEN = 8
_ROOM_STEP_TOKENS = 256
_SURROGATE = re.compile("[\ud800-\udfff]")

CountTokens = Callable[[str], int]


def snippet_room(context: CursorContext, *, max_tokens: int, share: float) -> int:
    """Tokens that pieces of other files may take: their share, or more of what a short document leaves empty.

    It moves in large steps, so that snippets are not chosen anew for every line that is typed.

    Args:
        context: The whole document around the cursor.
        max_tokens: Of the prompt.
        share: Of it, for snippets, however long the document is; 0.0 for none at all.
    """
    assured = int(max_tokens * share)
    document = (len(context.prefix) + len(context.suffix)) // _FEWEST_CHARACTERS_PER_TOKEN
    spare = (max_tokens - OVERHEAD_TOKENS - document) // _ROOM_STEP_TOKENS * _ROOM_STEP_TOKENS
    return max(assured, min(spare, max_tokens // 2)) if assured else 0


def snippet_tokens(snippet: Snippet, count_tokens: CountTokens) -> int:
    """What a snippet takes of a prompt, with what introduces it."""
    return count_tokens(snippet.text) + count_tokens(snippet.path) + SNIPPET_OVERHEAD_TOKENS


def build_prompt(
    context: CursorContext,
    *,
    max_tokens: int,
    suffix_share: float,
    count_tokens: CountTokens,
    snippets: tuple[Snippet, ...] = (),
    imports: bool = True,
) -> Prompt:
    r"""The prompt for a cursor, within `max_tokens`.

    The headers of the enclosing functions and classes (comments, signature, docstring) and the file's imports are
    kept even where the window starts after them, as `kept_parts.py` says. Windows hold whole lines, except of lines
    too long to be held. Line ends are `\n`; what has no UTF-8 form becomes U+FFFD.

    Args:
        context: The whole document around the cursor.
        max_tokens: What header, prefix and suffix may take together.
        suffix_share: The part of it that the suffix may take; 0.0 for models that only continue.
        count_tokens: Tokens of a text, as the model counts them or near it.
        snippets: Pieces of other files; what they take is not there for prefix and suffix.
        imports: Keep the file's imports where the prefix starts after them.
    """
    budget = max_tokens - OVERHEAD_TOKENS - count_tokens(context.path)
    budget = max(budget - sum(snippet_tokens(snippet, count_tokens) for snippet in snippets), 1)
    suffix = _suffix_window(context, int(budget * suffix_share), count_tokens)
    budget -= count_tokens(suffix)
    prefix = _prefix_window(context, budget, count_tokens, imports=imports)
    return Prompt(
        header=Header(path=context.path, language=context.language),
        snippets=snippets,
        prefix=_encodable(plain_newlines(prefix)),
        suffix=_encodable(plain_newlines(suffix)),
    )


def _encodable(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _prefix_window(context: CursorContext, budget: int, count_tokens: CountTokens, *, imports: bool) -> str:
    prefix = context.prefix
    start = _window_start(prefix, budget, count_tokens)
    if start == 0:
        return prefix
    kept = KeptParts(context, budget, count_tokens, imports=imports)
    while True:
        # What is kept is paid for by a window that starts later, before which more may have to be kept.
        parts = kept.before(start)
        later = max(start, parts.end, _window_start(prefix, budget - parts.tokens, count_tokens))
        if later == start:
            return parts.text + prefix[start:]
        start = later


def _window_start(prefix: str, budget: int, count_tokens: CountTokens) -> int:
    """The first grid line from which `prefix` fits the budget.

    The grid is as coarse as leaves two steps in the budget; where the text is so dense that a window on it would be
    shorter than a step, a finer one is taken.
    """
    step = STEP_CHARACTERS
    while step > 1 and step * 2 > budget * 3:
        step //= 2
    while True:
        start = _start_on_grid(prefix, step, budget, count_tokens)
        if start == 0 or len(prefix) - start >= step or step == 1:
            return start
        step //= 2


def _start_on_grid(prefix: str, step: int, budget: int, count_tokens: CountTokens) -> int:
    start = len(prefix)
    lowest = max(len(prefix) - budget * _MAX_CHARACTERS_PER_TOKEN, 0)
    grid = (len(prefix) - 1) // step * step
    while grid >= lowest:
        earlier = _line_start_in(prefix, grid, min(grid + step, len(prefix)))
        budget -= count_tokens(prefix[earlier:start])
        if budget < 0:
            break
        start = earlier
        grid -= step
    return start


def _line_start_in(prefix: str, low: int, high: int) -> int:
    """The first line start from `low` up to `high`; `low` itself where no line starts there."""
    if low == 0:
        return 0
    line_end = prefix.find("\n", low - 1, high)
    return line_end + 1 if line_end >= 0 else low


def _suffix_window(context: CursorContext, budget: int, count_tokens: CountTokens) -> str:
    """As many whole lines after the cursor as fit; of a first line that does not fit, its beginning."""
    text = context.suffix[: budget * _MAX_CHARACTERS_PER_TOKEN]
    end = 0
    while end < len(text):
        line_end = text.find("\n", end) + 1 or len(text)
        cost = count_tokens(text[end:line_end])
        if cost > budget:
            break
        budget -= cost
        end = line_end
    return text[:end] if end or budget <= 0 else _beginning(context.line_suffix, budget, count_tokens)


def _beginning(line: str, budget: int, count_tokens: CountTokens) -> str:
    size = min(len(line), budget * _MAX_CHARACTERS_PER_TOKEN)
    while size and count_tokens(line[:size]) > budget:
        size //= 2
    return line[:size]

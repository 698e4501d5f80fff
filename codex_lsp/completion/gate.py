"""Whether a cursor is a place to suggest anything at all, before a model is asked."""

import bisect
from enum import StrEnum

from codex_lsp.config import Settings
from codex_lsp.context.exclusion import is_excluded
from codex_lsp.context.syntax import in_comment
from codex_lsp.types import CursorContext, Trigger


class Hold(StrEnum):
    """Why nothing is suggested."""

    DISABLED = "disabled"
    DISABLED_LANGUAGE = "disabled language"
    EXCLUDED = "excluded file"
    IN_COMMENT = "in a comment"
    INSIDE_WORD = "inside a word"
    ONLY_REMOVED = "text was only removed"


def hold_reason(context: CursorContext, trigger: Trigger, settings: Settings, *, only_removed: bool) -> Hold | None:
    """Why nothing is suggested here, or None.

    Being switched off and files of secrets or of a person's own list hold always; the rest yields to a person who asks,
    a disabled language too.

    Args:
        context: The place.
        trigger: Who asks.
        settings: What the person has switched off.
        only_removed: The document's last change removed text and added none.
    """
    if not settings.enabled:
        return Hold.DISABLED
    if is_excluded(context.path, settings.exclude) or is_excluded(context.uri, settings.exclude):
        return Hold.EXCLUDED
    return None if trigger is Trigger.INVOKED else _hold_of_place(context, settings, only_removed=only_removed)


def _hold_of_place(context: CursorContext, settings: Settings, *, only_removed: bool) -> Hold | None:
    if context.language in settings.disabled_languages:
        return Hold.DISABLED_LANGUAGE
    if _is_word(context.prefix[-1:]) and _is_word(context.suffix[:1]):
        return Hold.INSIDE_WORD
    if only_removed:
        return Hold.ONLY_REMOVED
    if settings.completion.in_comments or not in_comment(context.prefix, context.line_suffix, context.language):
        return None
    return Hold.IN_COMMENT


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def removed_only(before: str, after: str) -> bool:
    """Whether one piece taken out of `before` gives `after`.

    >>> removed_only("abcd", "ad"), removed_only("abcd", "axd")
    (True, False)
    """
    if len(after) >= len(before):
        return False
    # The longest common beginning by bisection: comparing slices is much faster than walking characters.
    common = bisect.bisect_left(range(1, len(after) + 1), x=True, key=lambda size: not before.startswith(after[:size]))
    return before.endswith(after[common:])

"""When a growing row needs no more tokens: it has gone beyond what was asked for, whatever comes next.

This ends rows early on servers that know stop sequences only, and statements whose own end only their text tells.
"""

import re
from dataclasses import dataclass

from codex_lsp.completion.extent import Extent, ExtentKind, extent_at
from codex_lsp.completion.filters.next_lines import repeated_at
from codex_lsp.completion.filters.repetition import is_loop
from codex_lsp.completion.filters.rest_of_line import closed_at
from codex_lsp.completion.line import Line, line_at
from codex_lsp.completion.truncate import truncate
from codex_lsp.config import CompletionSettings
from codex_lsp.context.grammar import grammar_of, words_of
from codex_lsp.context.indentation import indent_columns
from codex_lsp.context.syntax import statement_end
from codex_lsp.types import Candidate, CursorContext

# A comment may stand at any indentation, so it tells nothing.
_COMMENTS = re.compile(r"\A(?:#[^\n]*+\s*+)++")
# A line that begins so goes on with the one above: a call of its result, an operator.
_GOES_ON = re.compile(r"[.?:&|+*%=<>,-]")
_WORD = re.compile(r"\w++")


# Of a longer line, more of it tells no more; looking at it takes a parser.
_TELLING_CHARACTERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cursor with all that is found out about it before the first token."""

    context: CursorContext
    extent: Extent
    line: Line
    settings: CompletionSettings

    def is_on(self, name: str) -> bool:
        """Whether a filter is not switched off."""
        return name not in self.settings.disabled_filters


_DEFAULTS = CompletionSettings()


def place_at(context: CursorContext, settings: CompletionSettings = _DEFAULTS) -> Place:
    """The place of a cursor, and what was set of how much is completed and filtered there."""
    extent = extent_at(context, settings.blocks)
    return Place(context=context, extent=extent, line=line_at(context), settings=settings)


def is_settled(candidate: Candidate, place: Place) -> bool:
    """Whether no further text can change what is kept of a candidate (of broken code and of loops: is likely to)."""
    text = candidate.text
    if place.is_on("rest_of_line") and closed_at(text, place.line) is not None:
        return True
    if place.is_on("repetition") and is_loop(text):
        return True
    if "\n" not in text:
        return False
    return place.extent.kind is ExtentKind.LINE or _is_left_behind(candidate, place)


def _is_left_behind(candidate: Candidate, place: Place) -> bool:
    """Whether what is asked for, or what is no repetition of the next lines, has ended in some line above the last."""
    text = candidate.text
    whole_lines = text[: text.rfind("\n")]
    if place.is_on("next_lines") and repeated_at(whole_lines, place.line, growing=True) is not None:
        return True
    return _may_have_left(text, place) and _is_beyond(
        truncate(candidate, place.context).kept, text, place.context.language
    )


def _may_have_left(text: str, place: Place) -> bool:
    """Whether the last line is so little indented that it can lie beyond; half a string or header tells nothing."""
    last_line = text[text.rfind("\n") + 1 :]
    if indent_columns(last_line) > place.extent.indent or len(last_line) > _TELLING_CHARACTERS:
        return False
    context = place.context
    if _may_go_on(last_line.strip(), context.language):
        return False
    by_grammar = place.extent.kind is not ExtentKind.BLOCK and grammar_of(context.language) is not None
    return not by_grammar or statement_end(context.prefix, text, context.language) is not None


def _may_go_on(line: str, language: str) -> bool:
    """Whether a line that still grows may become one that goes on with the statement above it."""
    word = _WORD.match(line)
    if word is None:
        return not line or _GOES_ON.match(line) is not None
    continued = words_of(language).continued
    # `el` may become `else`; whether what follows `else` is part of the statement, its grammar tells.
    return len(word[0]) == len(line) and any(known.startswith(line) for known in continued)


def _is_beyond(kept: int, text: str, language: str) -> bool:
    """Whether the text after the cut certainly is no part of what was cut."""
    rest = _COMMENTS.sub("", text[kept:].lstrip())
    if _may_go_on(rest, language):
        return False
    word = _WORD.match(rest)
    # Whether such a word continues the statement above it shows only when its line is whole.
    return word is None or word[0] not in words_of(language).continued or "\n" in rest

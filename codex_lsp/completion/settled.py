"""When a growing row needs no more tokens: it has gone beyond what was asked for, whatever comes next.

This ends rows early on servers that know stop sequences only, and statements whose own end only their text tells.
"""

import re
from dataclasses import dataclass

from codex_lsp.completion.extent import Extent, ExtentKind, extent_at
from codex_lsp.completion.filters.next_lines import repeated_at
from codex_lsp.completion.filters.rest_of_line import closed_at
from codex_lsp.completion.line import Line, line_at
from codex_lsp.completion.truncate import truncate
from codex_lsp.context.indentation import indent_columns
from codex_lsp.context.syntax import statement_end
from codex_lsp.types import Candidate, CursorContext

_WORD_STILL_GROWING = re.compile(r"\w*\Z")
# A comment may stand at any indentation, so it tells nothing.
_COMMENTS = re.compile(r"\A(?:#[^\n]*+\s*+)++")
# Whether these words continue the statement above them shows only when their line is whole.
_CONTINUES = re.compile(r"(?:else|elif|except|finally|case)\b")


# Of a longer line, more of it tells no more; looking at it takes a parser.
_TELLING_CHARACTERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cursor with all that is found out about it before the first token."""

    context: CursorContext
    extent: Extent
    line: Line


def place_at(context: CursorContext) -> Place:
    """The place of a cursor."""
    return Place(context=context, extent=extent_at(context), line=line_at(context))


def is_settled(candidate: Candidate, place: Place) -> bool:
    """Whether no further text can change what is kept of an unfinished candidate (of broken code: is likely to)."""
    text = candidate.text
    if closed_at(text, place.line) is not None:
        return True
    if "\n" not in text:
        return False
    if repeated_at(text[: text.rfind("\n")], place.line, growing=True) is not None:
        return True
    return _may_have_left(text, place) and _is_beyond(truncate(candidate, place.context).kept, text)


def _may_have_left(text: str, place: Place) -> bool:
    """Whether the last line is so little indented that it can lie beyond; half a string or header tells nothing."""
    last_line = text[text.rfind("\n") + 1 :]
    if place.extent.kind is ExtentKind.LINE:
        return True
    if indent_columns(last_line) > place.extent.indent or len(last_line) > _TELLING_CHARACTERS:
        return False
    if _WORD_STILL_GROWING.match(last_line.strip()):
        return False
    by_grammar = place.context.language == "python" and place.extent.kind is not ExtentKind.BLOCK
    return not by_grammar or statement_end(place.context.prefix, text) is not None


def _is_beyond(kept: int, text: str) -> bool:
    """Whether the text after the cut certainly is no part of what was cut."""
    rest = _COMMENTS.sub("", text[kept:].lstrip())
    if _WORD_STILL_GROWING.match(rest):
        return False
    return _CONTINUES.match(rest) is None or "\n" in rest

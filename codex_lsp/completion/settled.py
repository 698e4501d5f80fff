"""When a growing row needs no more tokens: it has gone beyond what was asked for, whatever comes next.

This ends rows early on servers that know stop sequences only, and statements whose own end only their text tells.
"""

import re

from codex_lsp.completion.extent import ExtentKind, extent_at
from codex_lsp.completion.filters.next_lines import trim_repeated_lines
from codex_lsp.completion.filters.rest_of_line import closed_at
from codex_lsp.completion.truncate import shortened, truncate
from codex_lsp.context.indentation import indent_columns
from codex_lsp.context.syntax import statement_end
from codex_lsp.types import Candidate, CursorContext

_WORD_STILL_GROWING = re.compile(r"\w*\Z")
# A comment may stand at any indentation, so it tells nothing.
_COMMENTS = re.compile(r"\A(?:#[^\n]*\s*)+")
# Whether these words continue the statement above them shows only when their line is whole.
_CONTINUES = re.compile(r"(?:else|elif|except|finally|case)\b")


def is_settled(candidate: Candidate, context: CursorContext) -> bool:
    """Whether no further text can change what is kept of an unfinished candidate (of broken code: is likely to)."""
    text = candidate.text
    if closed_at(text, context) is not None:
        return True
    if "\n" not in text:
        return False
    whole_lines = shortened(candidate, text.rfind("\n"))
    if trim_repeated_lines(whole_lines, context).kept < len(whole_lines.insert.rstrip()):
        return True
    return _may_have_left(text, context) and _is_beyond(truncate(candidate, context).kept, text)


def _may_have_left(text: str, context: CursorContext) -> bool:
    """Whether the last line is so little indented that it can lie beyond; half a string or header tells nothing."""
    extent = extent_at(context)
    last_line = text[text.rfind("\n") + 1 :]
    if extent.kind is ExtentKind.LINE:
        return True
    if not last_line.strip() or indent_columns(last_line) > extent.indent:
        return False
    by_grammar = context.language == "python" and extent.kind is not ExtentKind.BLOCK
    return not by_grammar or statement_end(context.prefix, text) is not None


def _is_beyond(kept: int, text: str) -> bool:
    """Whether the text after the cut certainly is no part of what was cut."""
    rest = _COMMENTS.sub("", text[kept:].lstrip())
    if _WORD_STILL_GROWING.match(rest):
        return False
    return _CONTINUES.match(rest) is None or "\n" in rest

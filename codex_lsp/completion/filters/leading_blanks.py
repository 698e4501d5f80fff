"""Blanks before a candidate's first character that the document has already: `x = ` and ` 1` are `x = 1`.

A model whose tokens begin with a blank writes it again after a typed one, and in a blank line that would shift the
code by a column.
"""

import dataclasses

from codex_lsp.completion.extent import ExtentKind, extent_at
from codex_lsp.context.indentation import indent_columns
from codex_lsp.types import Candidate, CursorContext

_BLANKS = " \t"


def trim_leading_blanks(candidate: Candidate, context: CursorContext) -> Candidate:
    """Insert no blanks after a blank; a line that is yet to be indented into its block keeps them."""
    return dataclasses.replace(candidate, insert=without_typed_blanks(candidate.insert, context))


def without_typed_blanks(text: str, context: CursorContext) -> str:
    """What of a text at the cursor is inserted: all but the blanks that repeat a typed one."""
    if not context.line_prefix.endswith(tuple(_BLANKS)) or _is_to_be_indented(context):
        return text
    if not context.line_prefix.strip() and _is_deeper_altogether(text, context.line_prefix):
        return text
    return text.lstrip(_BLANKS)


def _is_deeper_altogether(text: str, before: str) -> bool:
    """Whether all lines of a text go on at its first one's blanks: then the cursor is not yet where code begins."""
    first = indent_columns(before + text)
    others = [indent_columns(line) for line in text.split("\n")[1:] if line.strip()]
    return first > indent_columns(before) and bool(others) and min(others) == first


def _is_to_be_indented(context: CursorContext) -> bool:
    line = context.line_prefix
    extent = extent_at(context)
    return not line.strip() and extent.kind is ExtentKind.BLOCK and indent_columns(line) <= extent.indent

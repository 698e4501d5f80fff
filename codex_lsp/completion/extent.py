"""How much is completed at a cursor: the rest of a line, one statement, or a block; and how a model is told so."""

import re
from dataclasses import dataclass
from enum import StrEnum

from codex_lsp.context.indentation import indent_columns
from codex_lsp.types import CursorContext

# Evaluating Large Language Models Trained on Code, section 2.2: what follows a function's body at the left edge.
LEFT_TO_RIGHT_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
# What an editor closes by itself, and what may stand after it: none of it keeps a block from being completed.
_CLOSERS_ONLY = re.compile(r"[\s)\]}>\"'`]*+[;,]?+\s*+")
_COMMENT_BEGINNINGS = ("#", "//", "/*", "*")
_DOCSTRING_ENDS = ('"""', "'''")
_BLOCK_OPENERS = (":", "{")


class ExtentKind(StrEnum):
    """What a completion may be."""

    LINE = "line"
    """The rest of the line: there is code after the cursor on it."""
    STATEMENT = "statement"
    """The statement of a half-written line, with all that is indented deeper."""
    BLOCK = "block"
    """The rest of the block that a blank line stands in."""
    TOP_LEVEL = "top_level"
    """One statement at the left edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What is completed.

    Attributes:
        kind: Line, statement, block or top-level statement.
        indent: A line after the first that is indented by at most so many columns is beyond a statement or block.
    """

    kind: ExtentKind
    indent: int


def extent_at(context: CursorContext) -> Extent:
    r"""What is completed at a cursor (line ends are `\n`)."""
    line = context.line_prefix
    indent = indent_columns(line)
    if not _CLOSERS_ONLY.fullmatch(context.line_suffix):
        return Extent(kind=ExtentKind.LINE, indent=indent)
    if line.strip() and not _is_comment(line.strip()):
        return Extent(kind=ExtentKind.STATEMENT, indent=indent)
    above = _line_above(context)
    if not line.strip() and above.endswith(_BLOCK_OPENERS) and indent <= indent_columns(above):
        # Not indented yet: the block is what is deeper than the line that opens it.
        return Extent(kind=ExtentKind.BLOCK, indent=indent_columns(above))
    if indent:
        return Extent(kind=ExtentKind.BLOCK, indent=indent - 1)
    return Extent(kind=ExtentKind.TOP_LEVEL, indent=0)


def stops_at(extent: Extent, *, fim: bool) -> tuple[str, ...]:
    """The stop sequences that end a row at the extent's end, or beyond it."""
    if extent.kind is ExtentKind.LINE:
        return ("\n",)
    return () if fim else LEFT_TO_RIGHT_STOPS


def stop_indent_at(extent: Extent) -> int | None:
    """The indentation at which a row certainly has left the extent, or None where only its text can tell.

    A statement's own closing bracket or `else` may stand at the statement's indentation, so there it is one less.
    """
    if extent.kind is ExtentKind.BLOCK:
        return extent.indent
    if extent.kind is ExtentKind.STATEMENT and extent.indent > 0:
        return extent.indent - 1
    return None


def _is_comment(line: str) -> bool:
    """Whether a line is a comment, or ends where a docstring begins or ends: what follows is another statement."""
    return line.startswith(_COMMENT_BEGINNINGS) or line.endswith(_DOCSTRING_ENDS)


def _line_above(context: CursorContext) -> str:
    """The nearest line above that is not blank, without trailing blanks."""
    end = len(context.prefix) - len(context.line_prefix)
    above = context.prefix[max(end - 4096, 0) : end].rstrip()
    return above[above.rfind("\n") + 1 :]

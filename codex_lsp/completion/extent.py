"""How much is completed at a cursor: the rest of a line, one statement, or a block; and how a model is told so."""

import functools
import re
from dataclasses import dataclass
from enum import StrEnum

from codex_lsp.context.brackets import OPENERS
from codex_lsp.context.enclosing import enclosing_headers
from codex_lsp.context.grammar import words_of
from codex_lsp.context.indentation import indent_columns
from codex_lsp.types import CursorContext

# Evaluating Large Language Models Trained on Code, section 2.2: what follows a function's body at the left edge.
LEFT_TO_RIGHT_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
# What an editor closes by itself, and what may stand after it: none of it keeps a block from being completed.
_CLOSERS_ONLY = re.compile(r"[\s)\]}>\"'`]*+[;,]?+\s*+")
_COMMENT_BEGINNINGS = ("#", "//", "/*", "*")
_DOCSTRING_ENDS = ('"""', "'''")
_BLOCK_OPENERS = (":", "{")
_BRACKETS = ("{", "[", "(")
_LINE_WITH_TEXT = re.compile(r"\n([^\n]*\S)")
_WORD = re.compile(r"\w+")


class ExtentKind(StrEnum):
    """What a completion may be."""

    LINE = "line"
    """The rest of the line: there is code after the cursor on it, or a person wants no more."""
    STATEMENT = "statement"
    """The statement of a half-written line, with all that is indented deeper."""
    BLOCK = "block"
    """All of the block that a blank line stands in, where nothing is in it yet."""
    NEXT = "next"
    """One statement on a blank line, where there are others around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What is completed.

    Attributes:
        kind: Line, statement, block or next statement.
        indent: A line after the first that is indented by at most so many columns is beyond a statement or block.
        closes: A block's closing line does not follow the cursor yet, so that it belongs to the block.
    """

    kind: ExtentKind
    indent: int
    closes: bool = False


def extent_at(context: CursorContext, blocks: str = "auto") -> Extent:
    r"""What is completed at a cursor (line ends are `\n`).

    Args:
        context: The cursor.
        blocks: The setting `completion.blocks`: `auto` goes by what is around the cursor, `never` is one line always.
    """
    if blocks == "never":
        return Extent(kind=ExtentKind.LINE, indent=indent_columns(context.line_prefix))
    return _extent_of_place(context)


@functools.lru_cache(maxsize=4)
def _extent_of_place(context: CursorContext) -> Extent:
    line = context.line_prefix
    indent = indent_columns(line)
    if not _CLOSERS_ONLY.fullmatch(context.line_suffix):
        return Extent(kind=ExtentKind.LINE, indent=indent)
    if line.strip() and not _is_comment(line.strip()):
        return Extent(kind=ExtentKind.STATEMENT, indent=indent)
    if not line.strip():
        return _on_blank_line(context, indent)
    # Below a comment comes a statement; below a docstring, all that the function does.
    if indent and _is_header_end(context):
        return _block(context, indent - 1)
    return Extent(kind=ExtentKind.NEXT, indent=indent)


def _on_blank_line(context: CursorContext, indent: int) -> Extent:
    above = _line_above(context)
    if above.endswith(_BLOCK_OPENERS) and indent <= indent_columns(above) and not _goes_on_below(context, indent + 1):
        # Not indented yet: the block is what is deeper than the line that opens it.
        return _block(context, indent_columns(above))
    deeper = bool(above) and indent_columns(above) < indent
    if indent and (deeper or _is_header_end(context)) and not _goes_on_below(context, indent):
        return _block(context, indent - 1)
    # What closes the block may come next where the cursor is as far out as the line that opens it.
    closes = _indent_of_opener(context, indent) == indent and not _is_closed_below(context, indent, indent)
    return Extent(kind=ExtentKind.NEXT, indent=indent, closes=closes)


def _block(context: CursorContext, indent: int) -> Extent:
    opener = _indent_of_opener(context, indent)
    closes = opener is not None and not _is_closed_below(context, indent, opener)
    return Extent(kind=ExtentKind.BLOCK, indent=indent, closes=closes)


def _indent_of_opener(context: CursorContext, indent: int) -> int | None:
    """The indentation of the nearest line above of at most `indent` columns, where it opens what must be closed."""
    end = len(context.prefix) - len(context.line_prefix) - 1
    while end > 0:
        start = context.prefix.rfind("\n", 0, end) + 1
        line = context.prefix[start:end].rstrip()
        if line and indent_columns(line) <= indent:
            closed = line.endswith(_BRACKETS) or bool(words_of(context.language).endings)
            return indent_columns(line) if closed and closer_of(line, frozenset()) is None else None
        end = start - 1
    return None


def _is_header_end(context: CursorContext) -> bool:
    """Whether the cursor comes right after a function's signature, docstring and first comments."""
    headers = enclosing_headers(context.prefix, context.language)
    return bool(headers) and not context.prefix[headers[-1].end :].strip()


def _goes_on_below(context: CursorContext, indent: int) -> bool:
    """Whether the next line that is not blank belongs to the block of the cursor's line."""
    below = _LINE_WITH_TEXT.search(context.suffix)
    return below is not None and indent_columns(below[1]) >= indent


def _is_closed_below(context: CursorContext, indent: int, opener: int) -> bool:
    """Whether the first line below that is too far out for the block closes it, no further out than what opens it."""
    endings = words_of(context.language).endings
    for line in _LINE_WITH_TEXT.finditer(context.suffix):
        if indent_columns(line[1]) <= indent:
            return indent_columns(line[1]) >= opener and closer_of(line[1], endings) is not None
    return False


def closer_of(line: str, endings: frozenset[str]) -> str | None:
    """What a line begins with that closes a block: a bracket, or one of a language's words; None where it does not.

    >>> closer_of("  } else {", frozenset()), closer_of("ends", frozenset({"end"}))
    ('}', None)
    """
    bare = line.lstrip()
    if bare[:1] in OPENERS:
        return bare[0]
    word = _WORD.match(bare)
    return word[0] if word is not None and word[0] in endings else None


def stops_at(extent: Extent, *, fim: bool) -> tuple[str, ...]:
    """The stop sequences that end a row at the extent's end, or beyond it."""
    if extent.kind is ExtentKind.LINE:
        return ("\n",)
    return () if fim else LEFT_TO_RIGHT_STOPS


def stop_indent_at(extent: Extent) -> int | None:
    """The indentation at which a row certainly has left the extent, or None where only its text can tell.

    A statement's own closing bracket or `else` may stand at the statement's indentation, so there it is one less, as it
    is where a block's closing line is to come.
    """
    if extent.kind is ExtentKind.LINE:
        return None
    if extent.kind is ExtentKind.BLOCK and not extent.closes:
        return extent.indent
    return extent.indent - 1 if extent.indent > 0 else None


def _is_comment(line: str) -> bool:
    """Whether a line is a comment, or ends where a docstring begins or ends: what follows is another statement."""
    return line.startswith(_COMMENT_BEGINNINGS) or line.endswith(_DOCSTRING_ENDS)


def _line_above(context: CursorContext) -> str:
    """The nearest line above that is not blank, without trailing blanks."""
    end = len(context.prefix) - len(context.line_prefix)
    above = context.prefix[max(end - 4096, 0) : end].rstrip()
    return above[above.rfind("\n") + 1 :]

"""Where a sampled text stops being the completion that was asked for: truncation lowers `kept`, never changes text."""

import dataclasses
import re

from codex_lsp.completion.extent import Extent, ExtentKind, closer_of, extent_at
from codex_lsp.context.brackets import OPENERS, Opened, unmatched_closers
from codex_lsp.context.grammar import words_of
from codex_lsp.context.indentation import indent_columns
from codex_lsp.context.syntax import statement_end
from codex_lsp.types import Candidate, CursorContext

_MORE_CLOSERS = re.compile(r"[)\]}]*+[;,]?+")
_BEFORE_CODE = ("#", "//", "/*", "* ", "*/", "@")


def shortened(candidate: Candidate, kept: int) -> Candidate:
    """The candidate with at most `kept` code points of its text."""
    kept = min(kept, candidate.kept)
    return dataclasses.replace(candidate, kept=kept, insert=candidate.text[:kept])


def truncate(candidate: Candidate, context: CursorContext) -> Candidate:
    """Cut the candidate at the end of the line, statement or block at the cursor; blank ends go too."""
    return _cut(candidate, context, _extent_end(candidate.text[: candidate.kept], context))


def truncate_to_line(candidate: Candidate, context: CursorContext) -> Candidate:
    """Cut the candidate at the end of its first line, whatever the place; blank ends go too."""
    return _cut(candidate, context, _line_end(candidate.text[: candidate.kept]))


def _cut(candidate: Candidate, context: CursorContext, end: int) -> Candidate:
    text = candidate.text[:end]
    # After the cursor there may be code that the last blanks belong before; line ends never belong there.
    bare = text.rstrip() if not context.line_suffix.strip() or "\n" in text[len(text.rstrip()) :] else text
    return shortened(candidate, len(bare))


def _extent_end(text: str, context: CursorContext) -> int:
    extent = extent_at(context)
    if extent.kind is ExtentKind.LINE:
        return _line_end(text)
    if extent.kind is ExtentKind.BLOCK:
        return min(_indented_end(text, context, extent), _enclosing_end(text, context, extent))
    if extent.kind is ExtentKind.NEXT:
        return _next_end(text, context, extent)
    end = _grammar_end(text, context)
    return _indented_end(text, context, extent) if end is None else end


def _line_end(text: str) -> int:
    end = text.find("\n")
    return len(text) if end < 0 else end


def _grammar_end(text: str, context: CursorContext) -> int | None:
    return statement_end(context.prefix, text, context.language)


def _next_end(text: str, context: CursorContext, extent: Extent) -> int:
    """One statement, or the block that the text itself goes on with by indenting its first line at the left edge."""
    lead = _first_line_start(text, context)
    indent = indent_columns(text[lead:])
    if indent > extent.indent and (lead > 0 or not extent.indent):
        return _indented_end(text, context, Extent(kind=ExtentKind.BLOCK, indent=indent - 1))
    end = _grammar_end(text, context)
    if end is not None:
        return end
    own = Extent(kind=ExtentKind.STATEMENT, indent=extent.indent)
    return min(lead + _indented_end(text[lead:], context, own), _enclosing_end(text, context, extent))


def _enclosing_end(text: str, context: CursorContext, extent: Extent) -> int:
    """Where the text closes the block around the cursor: after that where nothing else does, else before."""
    above = context.prefix.rstrip()[-1:]
    # In prose and comments there may be others: `a)`.
    places = [place for place in unmatched_closers(text) if text[place] == "}" or OPENERS[text[place]] == above]
    if not places:
        return len(text)
    return _closed(text, places[0] + 1) if extent.closes else places[0]


def _closed(text: str, end: int) -> int:
    """After what closes a block goes what closes all around it on the same line: `});`."""
    more = _MORE_CLOSERS.match(text, end)
    return more.end() if more is not None else end


def _first_line_start(text: str, context: CursorContext) -> int:
    """Where the first line of code starts: after the cursor's own comment, empty lines, comments, decorators."""
    start = _line_end(text) if context.line_prefix.strip() else 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if text[start:end].strip() and not text[start:end].lstrip().startswith(_BEFORE_CODE):
            break
        start = end + 1
    return min(start, len(text))


def _indented_end(text: str, context: CursorContext, extent: Extent) -> int:
    """Before the first line, after the first one, that is too little indented; closing brackets of ours are kept."""
    end = _line_end(text)
    typed = context.line_prefix
    opened = Opened(typed + text)
    while end < len(text):
        line_end = text.find("\n", end + 1)
        line_end = len(text) if line_end < 0 else line_end
        line = text[end + 1 : line_end]
        too_far_out = bool(line.strip()) and indent_columns(line) <= extent.indent
        if too_far_out and OPENERS.get(line.lstrip()[0]) not in opened.before(len(typed) + end):
            closer = closer_of(line, words_of(context.language).endings) if extent.closes else None
            return end if closer is None else _closed(text, text.index(closer, end) + len(closer))
        end = line_end
    return end

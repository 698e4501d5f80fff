"""Where a sampled text stops being the completion that was asked for: truncation lowers `kept`, never changes text."""

import dataclasses

from codex_lsp.context.brackets import OPENERS, Opened
from codex_lsp.completion.extent import Extent, ExtentKind, extent_at
from codex_lsp.context.indentation import indent_columns
from codex_lsp.context.syntax import statement_end
from codex_lsp.types import Candidate, CursorContext

_BEFORE_CODE = ("#", "//", "/*", "@")


def shortened(candidate: Candidate, kept: int) -> Candidate:
    """The candidate with at most `kept` code points of its text."""
    kept = min(kept, candidate.kept)
    return dataclasses.replace(candidate, kept=kept, insert=candidate.text[:kept])


def truncate(candidate: Candidate, context: CursorContext) -> Candidate:
    """Cut the candidate at the end of the line, statement or block at the cursor; blank ends go too."""
    end = _extent_end(candidate.text[: candidate.kept], context)
    text = candidate.text[:end]
    # After the cursor there may be code that the last blanks belong before; line ends never belong there.
    bare = text.rstrip() if not context.line_suffix.strip() or "\n" in text[len(text.rstrip()) :] else text
    return shortened(candidate, len(bare))


def _extent_end(text: str, context: CursorContext) -> int:
    extent = extent_at(context)
    if extent.kind is ExtentKind.LINE:
        return _line_end(text)
    if extent.kind is ExtentKind.TOP_LEVEL:
        return _top_level_end(text, context)
    end = _python_end(text, context) if extent.kind is ExtentKind.STATEMENT else None
    return _indented_end(text, context, extent) if end is None else end


def _line_end(text: str) -> int:
    end = text.find("\n")
    return len(text) if end < 0 else end


def _python_end(text: str, context: CursorContext) -> int | None:
    return statement_end(context.prefix, text) if context.language == "python" else None


def _top_level_end(text: str, context: CursorContext) -> int:
    """One statement at the left edge, or the block that the text itself goes on with by indenting its first line."""
    lead = _first_line_start(text, context)
    indent = indent_columns(text[lead:])
    if indent > 0:
        return _indented_end(text, context, Extent(kind=ExtentKind.BLOCK, indent=indent - 1))
    end = _python_end(text, context)
    if end is not None:
        return end
    return lead + _indented_end(text[lead:], context, Extent(kind=ExtentKind.STATEMENT, indent=0))


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
            return end
        end = line_end
    return end

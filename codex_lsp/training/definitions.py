"""The top-level definitions of a source file, as ranges of whole lines, in any of the corpus's languages."""

import ast
import warnings
from bisect import bisect_right

_CLOSERS = ("}", ")", "]", "end")


def top_level_starts(text: str, language: str) -> list[int]:
    """The numbers of the lines, from 0, at which a top-level definition or statement begins; the first is 0.

    Python is parsed (decorators belong to what they decorate); what does not parse, and every other language, is cut
    before each line that is not indented and closes nothing, which blocks written the usual way agree with.
    """
    if language == "python":
        parsed = _python_starts(text)
        if parsed is not None:
            return parsed
    lines = text.split("\n")
    starts = {0}
    starts.update(
        number
        for number, line in enumerate(lines)
        if line[:1].strip() and not line.startswith(_CLOSERS) and not _opens_only(line)
    )
    return sorted(starts)


def enclosing(starts: list[int], line: int, line_count: int) -> tuple[int, int]:
    """The range of lines [begin, end) of the definition that holds `line`."""
    at = bisect_right(starts, line)
    return starts[at - 1], starts[at] if at < len(starts) else line_count


def _python_starts(text: str) -> list[int] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    starts = {0}
    for node in body:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        starts.add(min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1)
    return sorted(starts)


def _opens_only(line: str) -> bool:
    """Whether a line only opens the block of the definition above it, as C# and PHP write it."""
    return line.strip() == "{"

"""Lines that follow the cursor are not written again."""

import itertools
import re

from codex_lsp.completion.line import Line, line_at
from codex_lsp.completion.truncate import shortened
from codex_lsp.types import Candidate, CursorContext

# A line that begins or ends many a block: that it comes twice tells nothing.
_COMMON_LINE = re.compile(
    r"[\W_]*+(?:(?:else|try|finally|except|do|then|begin|end|fi|done|pass|break|continue|return|default)\b)?+[\W_]*+"
)


def trim_repeated_lines(candidate: Candidate, context: CursorContext) -> Candidate:
    """Cut before the candidate's first line that is the document's next line.

    Where that is its very first one, nothing is left; so a first line of brackets, or of a keyword alone, counts only
    when the line after it is repeated too. Lines are equal with their indentation, so that the closing brackets of
    inner blocks stay.
    """
    end = repeated_at(candidate.insert, line_at(context), growing=False)
    return candidate if end is None else shortened(candidate, end)


def repeated_at(text: str, line: Line, *, growing: bool) -> int | None:
    """Where `text` begins to repeat the lines after the cursor's, or None.

    Args:
        text: Whole lines.
        line: The cursor's.
        growing: More lines of the text may come.
    """
    if not line.following:
        return None
    lines = text.split("\n")
    first_again = lines[0].strip() and (line.before + lines[0] + line.after).rstrip() == line.following[0]
    if first_again and (not is_common(line.following[0]) or _goes_on_alike(lines[1:], line, growing=growing)):
        return 0
    place = 0
    for above, below in itertools.pairwise(lines):
        place += len(above) + 1
        if below.rstrip() == line.following[0]:
            return len(text[:place].rstrip())
    return None


def is_common(line: str) -> bool:
    """Whether a line begins or ends so many a block that its coming twice tells nothing."""
    return _COMMON_LINE.fullmatch(line) is not None


def _goes_on_alike(lines: list[str], line: Line, *, growing: bool) -> bool:
    """Whether the text's second line is the document's second next one, or neither has one."""
    second = next((text for text in lines if text.strip()), None)
    if second is None:
        return not growing
    return line.following[1:] == (second.rstrip(),)

"""A file as pieces that make sense alone: cut where a blank line is followed by something further out.

By lines and indentation, so that it holds for every language and for files that do not parse.
"""

from collections.abc import Iterator, Sequence

from codex_lsp.context.indentation import indent_columns

MAX_LINES = 40
MIN_LINES = 5
"""Shorter pieces are put together, so that one-line statements do not become pieces of their own."""
MAX_CHARACTERS = 2400
"""Of one piece: some 600 tokens, more than a share of a prompt."""


def chunks_of(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the pieces of a file start and end, as line numbers; together they are the file without its blank edges.

    Args:
        lines: Of the file, without their ends.
    """
    start, size = 0, 0
    for number, line in enumerate(lines):
        full = number - start >= MAX_LINES or size + len(line) > MAX_CHARACTERS
        if number > start and (full or (number - start >= MIN_LINES and _begins_piece(lines, number))):
            yield from _trimmed(lines, start, number)
            start, size = number, 0
        size += len(line) + 1
    yield from _trimmed(lines, start, len(lines))


def _begins_piece(lines: Sequence[str], number: int) -> bool:
    """Whether a line after a blank one begins something at the left edge, or a member of a class."""
    if not lines[number].strip() or lines[number - 1].strip():
        return False
    above = next((line for line in reversed(lines[max(number - MAX_LINES, 0) : number]) if line.strip()), "")
    return indent_columns(lines[number]) == 0 or indent_columns(lines[number]) < indent_columns(above)


def _trimmed(lines: Sequence[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    if start < end:
        yield start, end

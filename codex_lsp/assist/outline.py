"""Where a Python file's functions are, known again within milliseconds after each keystroke.

A file is cut where its top-level definitions begin. A piece that was read before is not parsed again, so that a change
costs the piece it is in, whatever the size of the file.
"""

import ast
import dataclasses
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_BEGINNING = re.compile(r"^(?:@|def |class |async def )", re.MULTILINE)
_BOM = "\ufeff"
_QUOTES = ('"""', "'''")
MAX_PIECE = 200_000
"""Characters of one piece; longer ones are data, and count as what does not parse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlinedFunction:
    """A function, and the lines it stands on; lines count from 0.

    Attributes:
        name: Its own.
        first: Of its decorators, or its own.
        body: Where its first statement begins.
        last: Its last.
        column: Of `def`.
        is_nested: Inside another function.
        is_method: Inside a class.
        has_examples: Its docstring shows calls after `>>>`.
    """

    name: str
    first: int
    body: int
    last: int
    column: int
    is_nested: bool
    is_method: bool
    has_examples: bool


Piece = tuple[OutlinedFunction, ...] | None
"""The functions of a piece of text, their lines counted from its own first; None where it does not parse."""


class Outline:
    """One version of a file, in pieces; `read` parses them one after another."""

    def __init__(self, text: str, before: "Outline | None" = None) -> None:
        """Cut `text` up; what an outline of an earlier version has read is taken from there."""
        self._pieces = tuple(_pieces(text.removeprefix(_BOM)))
        self._known: Mapping[str, Piece] = {} if before is None else before._read
        self._read: dict[str, Piece] = {}

    def read(self) -> Iterator[None]:
        """Parse what is not known yet: one piece in each step, a few milliseconds at most in code that people write."""
        yield from self._read_pieces(self._pieces)
        broken = [number for number, piece in enumerate(self._pieces) if self._read[piece] is None]
        if len(broken) > 1:
            # A string that was cut leaves two pieces that do not parse: its beginning's, and its end's.
            first, last = broken[0], broken[-1] + 1
            joined = "".join(self._pieces[first:last])
            self._pieces = (*self._pieces[:first], joined, *self._pieces[last:])
            yield from self._read_pieces([joined])
        self._known = {}

    def _read_pieces(self, pieces: Sequence[str]) -> Iterator[None]:
        for piece in pieces:
            if piece in self._known:
                self._read[piece] = self._known[piece]
            elif piece not in self._read:
                self._read[piece] = _read_piece(piece)
                yield

    @property
    def parses(self) -> bool:
        """Whether all of it does, once it is read."""
        return all(self._read.get(piece) is not None for piece in self._pieces)

    def function_at(self, line: int, column: int, is_blank: Callable[[int], bool]) -> OutlinedFunction | None:
        """The innermost function whose lines hold a place.

        Args:
            line: Counted from 0.
            column: Characters into it. On blank lines below a function it decides: indented further is inside.
            is_blank: Tells it of a line.
        """
        holder: OutlinedFunction | None = None
        start = 0
        for piece in self._pieces:
            if start > line:
                break
            for function in self._read.get(piece) or ():
                first, last = function.first + start, function.last + start
                if line > last and column > function.column and all(map(is_blank, range(line, last, -1))):
                    last = line
                if first <= line <= last:
                    holder = _moved(function, start)
            start += _line_ends(piece)
        return holder


def _moved(function: OutlinedFunction, lines: int) -> OutlinedFunction:
    first, body, last = function.first + lines, function.body + lines, function.last + lines
    return dataclasses.replace(function, first=first, body=body, last=last)


def _line_ends(text: str) -> int:
    return text.count("\n") + (text.count("\r") - text.count("\r\n") if "\r" in text else 0)


def _pieces(text: str) -> Iterator[str]:
    """The text, cut before each top-level definition and its decorators; together they are all of it."""
    start, seen = 0, 0
    in_decorators = False
    quotes = dict.fromkeys(_QUOTES, 0)
    for found in _BEGINNING.finditer(text):
        at = found.start()
        for quote in _QUOTES:
            quotes[quote] += text.count(quote, seen, at)
        seen = at
        # With a quote open, what looks like a definition may stand in a string.
        if any(count % 2 for count in quotes.values()):
            continue
        if at > start and not in_decorators:
            yield text[start:at]
            start = at
        in_decorators = text[at] == "@"
    yield text[start:]


def _read_piece(piece: str) -> Piece:
    if len(piece) > MAX_PIECE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in the person's file is not ours to tell
            tree = ast.parse(piece)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tuple(_functions(tree, is_nested=False, is_method=False))


def _functions(node: ast.AST, *, is_nested: bool, is_method: bool) -> Iterator[OutlinedFunction]:
    """The functions inside a node, each before those inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _outlined(child, is_nested=is_nested, is_method=is_method)
            yield from _functions(child, is_nested=True, is_method=False)
        elif not isinstance(child, ast.expr):
            yield from _functions(child, is_nested=is_nested, is_method=is_method or isinstance(child, ast.ClassDef))


def _outlined(node: ast.FunctionDef | ast.AsyncFunctionDef, *, is_nested: bool, is_method: bool) -> OutlinedFunction:
    first = min((node.lineno, *(each.lineno for each in node.decorator_list)))
    return OutlinedFunction(
        name=node.name,
        first=first - 1,
        body=node.body[0].lineno - 1,
        last=(node.end_lineno or node.lineno) - 1,
        column=node.col_offset,
        is_nested=is_nested,
        is_method=is_method,
        has_examples=">>>" in (ast.get_docstring(node, clean=False) or ""),
    )

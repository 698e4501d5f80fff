"""Small wrong changes to a function that still looks right: one comparison, operator, number or word at a time."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_SWAPS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Mod: ("%", "//"),
    ast.FloorDiv: ("//", "%"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Bytes `start` to `end` of the program become `new`."""

    start: int
    end: int
    new: bytes


def mutations(prompt: str, completion: str) -> list[str]:
    r"""The completion with one change each, in the order of their places; none where the program does not parse.

    >>> mutations("def f(a):\\n", "    return a + 1\\n")
    ['    return a - 1\\n', '    return a + 2\\n']
    """
    program = (prompt + completion).encode()
    begin = len(prompt.encode())
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError):
        return []
    places = _Places(program)
    changes = sorted(
        {change for node in ast.walk(tree) for change in _changes(node, places) if change.start >= begin},
        key=lambda change: (change.start, change.end, change.new),
    )
    return [
        (program[begin : change.start] + change.new + program[change.end :]).decode(errors="replace")
        for change in changes
    ]


class _Places:
    """Where nodes are in the bytes of a program."""

    def __init__(self, program: bytes) -> None:
        self.program = program
        self._lines = [0]
        for line in program.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def start(self, node: ast.expr) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr) -> int:
        assert node.end_lineno is not None  # noqa: S101 - parsed nodes have both
        assert node.end_col_offset is not None  # noqa: S101
        return self._lines[node.end_lineno - 1] + node.end_col_offset


def _changes(node: ast.AST, places: _Places) -> Iterator[_Change]:
    match node:
        case ast.Compare():
            sides = [node.left, *node.comparators]
            for (left, right), operator in zip(pairwise(sides), node.ops, strict=True):
                yield from _swap(places, left, right, operator)
        case ast.BinOp():
            yield from _swap(places, node.left, node.right, node.op)
        case ast.BoolOp():
            yield from _swap(places, node.values[0], node.values[1], node.op)
        case ast.Constant():
            yield from _other_constant(places, node)
        case ast.UnaryOp(op=ast.Not()):
            yield _Change(start=places.start(node), end=places.start(node.operand), new=b"")
        case _:
            return


def _swap(places: _Places, left: ast.expr, right: ast.expr, operator: ast.AST) -> Iterator[_Change]:
    """The operator between two operands as its neighbour; brackets and comments between them stay."""
    if type(operator) not in _SWAPS:
        return
    old, new = _SWAPS[type(operator)]
    begin = places.end(left)
    match = re.search(re.escape(old).replace(r"\ ", r"\s+").encode(), places.program[begin : places.start(right)])
    if match is not None:
        yield _Change(start=begin + match.start(), end=begin + match.end(), new=new.encode())


def _other_constant(places: _Places, node: ast.Constant) -> Iterator[_Change]:
    if isinstance(node.value, bool):
        new = repr(not node.value)
    elif isinstance(node.value, int):
        new = repr(node.value + 1)
    else:
        return
    yield _Change(start=places.start(node), end=places.end(node), new=new.encode())

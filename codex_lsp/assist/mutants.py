"""Small wrong versions of a function: tests that tell them from the right one are worth their place.

Each mutant changes one place of the text and leaves the rest as it stands. Some change nothing that can be seen; no
test kills those, so that a share of killed mutants below one is no fault by itself.
"""

import ast
import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.function_header import LINE_END

_SHOWN_CHARS = 40
_TEXT = "XX"
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A module with one change in one function.

    Attributes:
        source: Of the whole module.
        description: The change in a few words: "`n < 2` becomes `n <= 2`".
        line: 1-based, where it is.
    """

    source: str
    description: str
    line: int


def mutants_of(source: str, function: PythonFunction, limit: int) -> tuple[Mutant, ...]:
    """Mutants of a function; of more than `limit` as many from each line as from the others, as far as it has them.

    Returns:
        In such an order that the first of them, however many, are spread over the lines too.

    Args:
        source: The module's text that the function was found in.
        function: As found.
        limit: Mutants at most.
    """
    return tuple(islice(_FunctionText(function).mutants(source), limit))


class _FunctionText:
    """A function's own text as a tree with places."""

    def __init__(self, function: PythonFunction) -> None:
        self._function = function
        self._before = "if 1:\n" if function.indent else ""
        self._text = self._before + function.source
        self._starts = [0, *(end.end() for end in LINE_END.finditer(self._text))]

    def mutants(self, source: str) -> Iterator[Mutant]:
        """All of them, each parsed once to see that it is Python, and none twice; one of each line, then another."""
        seen = {self._text}
        for node, changed in _spread(_changes(self._body())):
            start, end = self._span(node)
            written = _written(changed)
            mutated = self._text[:start] + written + self._text[end:]
            if mutated in seen or not _parses(mutated):
                continue
            seen.add(mutated)
            yield Mutant(
                source=source[: self._function.start] + mutated[len(self._before) :] + source[self._function.end :],
                description=f"`{_short(self._text[start:end])}` becomes `{_short(written)}`",
                line=len(LINE_END.findall(source, 0, self._function.start + start - len(self._before))) + 1,
            )

    def _body(self) -> list[ast.stmt]:
        tree = ast.parse(self._text)
        function = next(
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == self._function.name
        )
        return function.body[self._function.docstring is not None :]

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )

    def _offset(self, line: int, byte_column: int) -> int:
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        return start + len(self._text[start:end].encode("utf-8", "replace")[:byte_column].decode("utf-8", "replace"))


Changed = ast.expr | ast.stmt


def _changes(body: list[ast.stmt]) -> Iterator[tuple[Changed, Changed]]:
    """Places and what they become, in the order of the places."""
    found: list[tuple[Changed, Changed]] = []
    for statement in body:
        for node in _places(statement):
            found += [(node, changed) for change in _CHANGES for changed in change(node)]
            found += [(test, ast.UnaryOp(op=ast.Not(), operand=test)) for test in _plain_tests(node)]
    return iter(sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset)))


def _spread(found: Iterable[tuple[Changed, Changed]]) -> Iterator[tuple[Changed, Changed]]:
    """One of each line, then another of each that has more; lines in an order in which neighbours are far apart."""
    lines: dict[int, list[tuple[Changed, Changed]]] = {}
    for pair in found:
        lines.setdefault(pair[0].lineno, []).append(pair)
    order = sorted(range(len(lines)), key=lambda at: f"{at:032b}"[::-1])
    rows = [[*lines.values()][at] for at in order]
    for each in zip_longest(*rows):
        yield from (pair for pair in each if pair is not None)


def _places(node: ast.AST) -> Iterator[Changed]:
    """A statement and all in it whose place is known and that runs: no annotations, no pieces of formatted text."""
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    if isinstance(node, ast.JoinedStr):
        return  # until Python 3.12 what is in it has no right place
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_comment"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _places(child)


def _comparison(node: Changed) -> Iterator[Changed]:
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            changed = copy.deepcopy(node)
            changed.ops[number] = _COMPARISONS[type(operator)]()
            yield changed


def _arithmetic(node: Changed) -> Iterator[Changed]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _OPERATORS:
        changed = copy.deepcopy(node)
        changed.op = _OPERATORS[type(node.op)]()
        yield changed


def _boolean(node: Changed) -> Iterator[Changed]:
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(op=ast.Or() if isinstance(node.op, ast.And) else ast.And(), values=node.values)
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.UAdd):
        yield node.operand


def _constant(node: Changed) -> Iterator[Changed]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
    elif isinstance(value, str):
        yield ast.Constant("" if value else _TEXT)
    elif isinstance(value, bytes):
        yield ast.Constant(b"" if value else _TEXT.encode())


def _choice(node: Changed) -> Iterator[Changed]:
    if isinstance(node, ast.IfExp):
        yield ast.IfExp(test=node.test, body=node.orelse, orelse=node.body)


def _returned(node: Changed) -> Iterator[Changed]:
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield ast.Return(value=ast.Constant(None))


def _removed(node: Changed) -> Iterator[Changed]:
    says = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    if says or isinstance(node, ast.AugAssign | ast.Raise | ast.Delete | ast.Break):
        yield ast.Pass()
    elif isinstance(node, ast.Continue):
        yield ast.Break()


def _off_by_one(node: Changed) -> Iterator[Changed]:
    """The ends of `range` and of slices."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and node.args:
        for number, step in ((min(len(node.args) - 1, 1), 1), (min(len(node.args) - 1, 1), -1)):
            changed = copy.deepcopy(node)
            changed.args[number] = _moved(changed.args[number], step)
            yield changed
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        for side in ("lower", "upper"):
            if isinstance(getattr(node.slice, side), ast.expr):
                changed = copy.deepcopy(node)
                setattr(changed.slice, side, _moved(getattr(changed.slice, side), 1))
                yield changed


def _plain_tests(node: Changed) -> Iterator[ast.expr]:
    """What `if`, `while` and the like ask, where it is no comparison or the like: those change by themselves."""
    tests = [node.test] if isinstance(node, ast.If | ast.While | ast.Assert) else []
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        tests = [test for each in node.generators for test in each.ifs]
    yield from (test for test in tests if isinstance(test, ast.Name | ast.Call | ast.Attribute | ast.Subscript))


_CHANGES: tuple[Callable[[Changed], Iterator[Changed]], ...] = (
    _comparison,
    _arithmetic,
    _boolean,
    _constant,
    _choice,
    _returned,
    _removed,
    _off_by_one,
)


def _moved(node: ast.expr, step: int) -> ast.expr:
    return ast.BinOp(left=node, op=ast.Add() if step > 0 else ast.Sub(), right=ast.Constant(1))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _written(node: Changed) -> str:
    text = ast.unparse(ast.fix_missing_locations(node))
    simple = isinstance(node, ast.stmt | ast.Constant | ast.Name | ast.Call | ast.Subscript)
    return text if simple else f"({text})"


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else line[:_SHOWN_CHARS] + "…"

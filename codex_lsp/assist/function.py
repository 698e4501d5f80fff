"""The Python function under the cursor: its place, its parts, and what it says of itself."""

import ast
import doctest
from collections.abc import Iterator
from dataclasses import dataclass

from codex_lsp.assist.function_header import LINE_END, header_end
from codex_lsp.assist.module_tree import BOM, parsed
from codex_lsp.assist.parameter import Parameter, ParameterKind, parameters_of, text_of
from codex_lsp.errors import AssistRefused

__all__ = [
    "Example",
    "FunctionNode",
    "Parameter",
    "ParameterKind",
    "PythonFunction",
    "function_at",
    "functions_in",
    "own_nodes",
    "parsed",
]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An example of a docstring: `source` after the prompt, `want` as printed; each ends in a line end, or is empty."""

    source: str
    want: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFunction:
    """A function or method of a module, not one inside another function.

    Offsets are code points into the text that it was found in.

    Attributes:
        name: Its own.
        qualname: With the classes that hold it: `Stack.push`.
        source: Whole lines, decorators and comments at the end of the body included.
        start: Where `source` begins.
        end: Just after it.
        body_start: Where the body begins, docstring included: a line's start, or the first statement on the header's.
        signature: The header alone, from `def` or `async def` to its colon.
        indent: Blanks before `def`.
        docstring: Without its indentation; None where there is none.
        docstring_span: Where its literal stands.
        parameters: In order.
        returns: The text of what it is annotated to return; None where it is not.
        decorators: Their texts, without `@`.
        class_name: Of the classes that hold it, `Outer.Inner`; None for a function of the module.
        is_async: Declared so.
        is_generator: It yields.
        doctests: The examples of its docstring.
        line: 1-based, of `def`.
        end_line: 1-based, its last.
    """

    name: str
    qualname: str
    source: str
    start: int
    end: int
    body_start: int
    signature: str
    indent: str
    docstring: str | None
    docstring_span: tuple[int, int] | None
    parameters: tuple[Parameter, ...]
    returns: str | None
    decorators: tuple[str, ...]
    class_name: str | None
    is_async: bool
    is_generator: bool
    doctests: tuple[Example, ...]
    line: int
    end_line: int

    @property
    def is_method(self) -> bool:
        """It belongs to a class."""
        return self.class_name is not None

    @property
    def is_bound(self) -> bool:
        """Its first parameter is the instance or the class, which a caller does not give."""
        return self.is_method and "staticmethod" not in self.decorators

    @property
    def is_property(self) -> bool:
        """It is read, or set, like an attribute."""
        return any(
            decorator in ("property", "cached_property", "functools.cached_property")
            or decorator.endswith((".setter", ".getter", ".deleter"))
            for decorator in self.decorators
        )


def function_at(text: str, offset: int) -> PythonFunction:
    """The function whose lines hold an offset; its decorators and blank lines are lines of it.

    Args:
        text: Of the module, whole.
        offset: Code points into it.

    Raises:
        AssistRefused: The text does not parse, the place is in no function, or in one inside another.
    """
    module = _Module(text)
    line = module.line_of(offset)
    column = offset - module.starts[line]
    found = [each for each in module.functions if each.first <= line <= module.reach(each, line, column)]
    if not found:
        raise AssistRefused(f"line {line + 1} is in no function; put the cursor into the function that is meant")
    innermost = max(found, key=lambda each: each.first)
    if innermost.outer is not None:
        name = innermost.node.name
        raise AssistRefused(
            f"`{name}` is defined inside `{innermost.outer}` and cannot be called from outside; "
            f"move it to the module, or put the cursor on `{innermost.outer}` itself"
        )
    return module.described(innermost)


def functions_in(text: str) -> tuple[PythonFunction, ...]:
    """All functions and methods of a module in order, without those inside other functions.

    Raises:
        AssistRefused: The text does not parse.
    """
    module = _Module(text)
    return tuple(module.described(each) for each in module.functions if each.outer is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A definition, the classes that hold it, and the function that it is inside of; lines from 0."""

    node: FunctionNode
    classes: tuple[str, ...]
    outer: str | None

    @property
    def first(self) -> int:
        return min((self.node.lineno, *(each.lineno for each in self.node.decorator_list))) - 1

    @property
    def last(self) -> int:
        return (self.node.end_lineno or self.node.lineno) - 1


class _Module:
    """A text, its lines as Python counts them, and its functions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [len(text) - len(text.removeprefix(BOM)), *(end.end() for end in LINE_END.finditer(text))]
        self.functions = list(_functions(parsed(text), (), None))

    def line_of(self, offset: int) -> int:
        return max((line for line, start in enumerate(self.starts) if start <= offset), default=0)

    def line(self, number: int) -> str:
        return self.text[self.starts[number] : self.end_of(number)]

    def end_of(self, number: int) -> int:
        return self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)

    def last_of(self, found: _Found) -> int:
        """The last line, comments below that are indented like the body included."""
        last = found.last
        for number in range(found.last + 1, len(self.starts)):
            line = self.line(number)
            if not line.strip():
                continue
            if not line.lstrip().startswith("#") or _indent(line) <= found.node.col_offset:
                break
            last = number
        return last

    def reach(self, found: _Found, line: int, column: int) -> int:
        """The last line that counts as inside: the cursor's, where it is blank and still indented like the body."""
        last = self.last_of(found)
        blank = all(not self.line(number).strip() for number in range(last + 1, line + 1))
        return line if line > last and blank and column > found.node.col_offset else last

    def offset(self, line: int, byte_column: int) -> int:
        """Of a place in the tree: 1-based line, UTF-8 bytes into it."""
        before = self.line(line - 1).encode("utf-8", "surrogatepass")[:byte_column]
        return self.starts[line - 1] + len(before.decode("utf-8", "surrogatepass"))

    def described(self, found: _Found) -> PythonFunction:
        node, last = found.node, self.last_of(found)
        start, end = self.starts[found.first], self.end_of(last)
        signature_start = self.offset(node.lineno, node.col_offset)
        signature, body_start = self._header(node, signature_start)
        literal = _docstring_literal(node)
        docstring = ast.get_docstring(node)
        return PythonFunction(
            name=node.name,
            qualname=".".join((*found.classes, node.name)),
            source=self.text[start:end],
            start=start,
            end=end,
            body_start=body_start,
            signature=signature,
            indent=self.text[self.starts[node.lineno - 1] : signature_start],
            docstring=docstring,
            docstring_span=None if literal is None else self._span(literal),
            parameters=tuple(parameters_of(node.args)),
            returns=text_of(node.returns),
            decorators=tuple(ast.unparse(each) for each in node.decorator_list),
            class_name=".".join(found.classes) or None,
            is_async=isinstance(node, ast.AsyncFunctionDef),
            is_generator=any(isinstance(each, ast.Yield | ast.YieldFrom) for each in own_nodes(node)),
            doctests=_doctests(docstring or ""),
            line=node.lineno,
            end_line=last + 1,
        )

    def _span(self, node: ast.expr) -> tuple[int, int]:
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )

    def _header(self, node: FunctionNode, start: int) -> tuple[str, int]:
        """The header up to its colon, and where the body begins."""
        first = node.body[0]
        decorators: list[ast.expr] = getattr(first, "decorator_list", [])
        line = min((first.lineno, *(each.lineno for each in decorators)))
        stop = self.offset(line, 0) if line != node.lineno else self.offset(line, first.col_offset)
        end = start + header_end(self.text[start:stop])
        if self.text[end : self.end_of(self.line_of(end))].split("#")[0].strip():
            return self.text[start:end], self.offset(first.lineno, first.col_offset)
        return self.text[start:end], self.end_of(self.line_of(end))


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions and classes inside it."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from own_nodes(child)


def _functions(node: ast.AST, classes: tuple[str, ...], outer: str | None) -> Iterator[_Found]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _Found(node=child, classes=classes, outer=outer)
            yield from _functions(child, (), child.name)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, (*classes, child.name), outer)
        else:
            yield from _functions(child, classes, outer)


def _docstring_literal(node: FunctionNode) -> ast.expr | None:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first.value
    return None


def _doctests(docstring: str) -> tuple[Example, ...]:
    try:
        examples = doctest.DocTestParser().get_examples(docstring)
    except ValueError:  # badly indented examples are none
        return ()
    return tuple(Example(source=example.source, want=example.want) for example in examples)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())

"""What can be said of a function by reading its syntax: always right, if never the whole story."""

import ast
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codex_lsp.assist.function import FunctionNode, PythonFunction, own_nodes, parsed

_CATCH_ALL = ("Exception", "BaseException")
_WRITERS = ("open", "write_text", "write_bytes", "unlink", "mkdir", "rename", "replace", "remove", "rmtree")
_ASKERS = ("input",)
_MOST_TEXT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedError:
    """An exception that the body raises itself.

    Attributes:
        name: As the code has it, for example `ValueError`.
        condition: The source of the condition that it is raised under; empty where there is none.
        message: The text that it is given, where that is a constant; else empty.
    """

    name: str
    condition: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFacts:
    """Facts of one function.

    Attributes:
        returns_value: Some `return` has a value that is not `None`.
        yields: It is a generator.
        raises: What it raises itself and does not catch, in order, each once.
        calls: Dotted names that it calls, in order, each once.
        calls_itself: It is recursive.
        branches: `if` statements and expressions, `match` cases and handlers of exceptions.
        prints: It calls `print`.
        asks: It waits for somebody's input.
        touches_files: It calls something by the name of what opens or changes files.
        globals_changed: Names that it declares `global` or `nonlocal`.
    """

    returns_value: bool
    yields: bool
    raises: tuple[RaisedError, ...]
    calls: tuple[str, ...]
    calls_itself: bool
    branches: int
    prints: bool
    asks: bool
    touches_files: bool
    globals_changed: tuple[str, ...]


def facts_of(function: PythonFunction) -> FunctionFacts:
    """Read a function.

    Raises:
        AssistRefused: Its source does not parse by itself.
    """
    node = definition_of(function)
    own = [each for statement in node.body for each in (statement, *_own(statement))]
    calls = tuple(dict.fromkeys(name for each in own if isinstance(each, ast.Call) and (name := dotted(each.func))))
    last = [name.rpartition(".")[2] for name in calls]
    itself = {function.name, f"self.{function.name}", f"cls.{function.name}"}
    return FunctionFacts(
        returns_value=any(isinstance(each, ast.Return) and not _is_none(each.value) for each in own),
        yields=function.is_generator,
        raises=tuple(dict.fromkeys(_raised(node.body, (), ""))),
        calls=tuple(name for name in calls if name not in itself),
        calls_itself=any(name in itself for name in calls),
        branches=_count(own, (ast.If, ast.IfExp, ast.match_case, ast.ExceptHandler)),
        prints="print" in calls,
        asks=any(name in calls for name in _ASKERS),
        touches_files=any(name in _WRITERS for name in last),
        globals_changed=tuple(
            dict.fromkeys(name for each in own if isinstance(each, ast.Global | ast.Nonlocal) for name in each.names)
        ),
    )


def definition_of(function: PythonFunction) -> FunctionNode:
    """The tree of a function's own source.

    Raises:
        AssistRefused: It does not parse by itself.
    """
    source = function.source if not function.indent else textwrap.dedent(function.source)
    if function.indent and source[:1].isspace():
        # Lines of a text in quotes may be less indented than the code: then a block around it says the same.
        source = f"if True:\n{function.source}"
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function.name:
            return node
    raise ValueError(f"`{function.name}` is not in its own source")


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression; empty where it is something else.

    >>> dotted(ast.parse("os.path.join", mode="eval").body)
    'os.path.join'
    """
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def _own(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from own_nodes(node)


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _count(nodes: Sequence[ast.AST], kinds: tuple[type[ast.AST], ...]) -> int:
    return sum(isinstance(node, kinds) for node in nodes)


def _raised(body: Sequence[ast.stmt], caught: tuple[str, ...], condition: str) -> Iterator[RaisedError]:
    """What the statements raise that nobody here catches."""
    for statement in body:
        if isinstance(statement, ast.Raise) and statement.exc is not None:
            yield from _one(statement.exc, caught, condition)
        for part in _parts(statement, caught, condition):
            yield from _raised(*part)


_Part = tuple[Sequence[ast.stmt], tuple[str, ...], str]


def _parts(statement: ast.stmt, caught: tuple[str, ...], condition: str) -> Iterator[_Part]:
    """The blocks of a statement, with what is caught around each and the condition that it runs under, where one is."""
    match statement:
        case ast.If(test=test, body=inner, orelse=other):
            yield inner, caught, _short(test)
            yield other, caught, ""
        case ast.Try() | ast.TryStar():
            handled = tuple(name for handler in statement.handlers for name in _names(handler))
            yield statement.body, (*caught, *handled), condition
            yield from ((handler.body, caught, "") for handler in statement.handlers)
            yield [*statement.orelse, *statement.finalbody], caught, ""
        case ast.For() | ast.AsyncFor() | ast.While():
            yield [*statement.body, *statement.orelse], caught, ""
        case ast.With() | ast.AsyncWith():
            yield statement.body, caught, condition
        case ast.Match(cases=cases):
            yield from ((case.body, caught, "") for case in cases)
        case _:
            return


def _one(error: ast.expr, caught: tuple[str, ...], condition: str) -> Iterator[RaisedError]:
    name = dotted(error.func if isinstance(error, ast.Call) else error)
    # A name in lower case is an exception that was kept in a variable: nobody knows of what kind.
    if not name or not name.rpartition(".")[2][:1].isupper() or {name, *_CATCH_ALL} & set(caught):
        return
    first = error.args[0] if isinstance(error, ast.Call) and error.args else None
    said = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    yield RaisedError(name=name, condition=condition, message=" ".join(said.split())[:_MOST_TEXT])


def _names(handler: ast.ExceptHandler) -> Iterator[str]:
    if handler.type is None:
        yield _CATCH_ALL[0]
    elif isinstance(handler.type, ast.Tuple):
        yield from map(dotted, handler.type.elts)
    else:
        yield dotted(handler.type)


def _short(test: ast.expr) -> str:
    text = ast.unparse(test)
    return text if len(text) <= _MOST_TEXT else ""

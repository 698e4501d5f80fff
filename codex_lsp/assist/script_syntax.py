"""JavaScript and TypeScript as far as calls go: names, literals, types and a function's opening line.

Values are written by us, never by a model, so that a translation is held against what the original does.
"""

import ast
import json
import math
import re
from collections.abc import Mapping, Sequence

from codex_lsp.assist.function import Parameter, ParameterKind, PythonFunction

_MOST_INTEGER = 2**53 - 1
"""Larger integers are no numbers of JavaScript."""
_RESERVED = re.compile(
    "arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|"
    "false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|"
    "public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield"
)
_PLAIN_TYPES = {
    "int": "number",
    "float": "number",
    "complex": "any",
    "str": "string",
    "bool": "boolean",
    "None": "null",
    "list": "any[]",
    "tuple": "any[]",
}
_LISTS = frozenset({"list", "List", "Sequence", "Iterable", "Collection", "tuple", "Tuple"})
_RECORDS = frozenset({"dict", "Dict", "Mapping"})


def script_name(name: str) -> str:
    """A Python name as JavaScript writes names.

    >>> script_name("first_word"), script_name("new"), script_name("_private")
    ('firstWord', 'new_', '_private')
    """
    head = name[: len(name) - len(name.lstrip("_"))]
    first, *rest = name.lstrip("_").split("_")
    camel = head + first + "".join(part[:1].upper() + part[1:] for part in rest)
    return f"{camel}_" if _RESERVED.fullmatch(camel) else camel


def script_literal(value: object) -> str | None:
    """A plain value as source; None for one that JavaScript has no equal of.

    >>> script_literal([1, True, None, ("a", 0.5)]), script_literal({1: 2}), script_literal({"a": [2]})
    ('[1, true, null, ["a", 0.5]]', None, '{"a": [2]}')
    """
    match value:
        case bool() | None | str():
            return json.dumps(value)
        case int() | float():
            return _number(value)
        case list() | tuple():
            items = [script_literal(item) for item in value]
            return None if None in items else f"[{', '.join(map(str, items))}]"
        case dict():
            return _record(value)
        case _:
            return None


def _number(value: float) -> str | None:
    if isinstance(value, int):
        return str(value) if abs(value) <= _MOST_INTEGER else None
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _record(value: Mapping[object, object]) -> str | None:
    pairs = [(key, script_literal(item)) for key, item in value.items()]
    if any(not isinstance(key, str) or item is None or key == "__proto__" for key, item in pairs):
        return None
    return "{" + ", ".join(f"{json.dumps(key)}: {item}" for key, item in pairs) + "}"


def script_type(annotation: str | None) -> str:
    """An annotation as a type of TypeScript; `any` where there is none, or no equal of it.

    >>> script_type("list[int]"), script_type("dict[str, float] | None"), script_type("Thing")
    ('number[]', 'Record<string, number> | null', 'any')
    """
    try:
        return _type(ast.parse(annotation or "object", mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return "any"


def _type(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return script_type(text)
        case ast.Constant(value=None):
            return "null"
        case ast.Name(id=name):
            return _PLAIN_TYPES.get(name, "any")
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{_type(left)} | {_type(right)}"
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            return _subscripted(name, inner.elts if isinstance(inner, ast.Tuple) else [inner])
        case _:
            return "any"


def _subscripted(name: str, parts: Sequence[ast.expr]) -> str:
    item = _type(parts[-1])
    if name == "Optional":
        return f"{item} | null"
    if name in _RECORDS:
        return f"Record<string, {item}>"
    if name not in _LISTS or len(parts) > 1:
        return "any[]" if name in _LISTS else "any"
    return f"{item}[]" if re.fullmatch(r"[\w\[\]]+", item) else f"({item})[]"


def opening(function: PythonFunction, *, typed: bool) -> str:
    """The line that the translation of a function begins with."""
    parameters = ", ".join(_parameter(each, typed=typed) for each in function.parameters)
    returns = f": {script_type(function.returns)}" if typed else ""
    word = "async function" if function.is_async else "function*" if function.is_generator else "function"
    return f"{word} {script_name(function.name)}({parameters}){returns} {{"


def _parameter(parameter: Parameter, *, typed: bool) -> str:
    name = script_name(parameter.name)
    kind = f": {script_type(parameter.annotation)}" if typed else ""
    match parameter.kind:
        case ParameterKind.VAR_POSITIONAL:
            return f"...{name}{': any[]' if typed else ''}"
        case ParameterKind.VAR_KEYWORD:
            return f"{name}{': any' if typed else ''} = {{}}"
        case _ if parameter.default is None:
            return f"{name}{kind}"
        case _:
            return f"{name}{kind} = {_default(parameter.default)}"


def _default(text: str) -> str:
    try:
        return script_literal(ast.literal_eval(text)) or "undefined"
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return "undefined"


def script_call(call: str, function: PythonFunction) -> str | None:
    """A Python call of a function with literals as a call of its translation; None where it is anything else."""
    try:
        node = ast.parse(call, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != function.name:
        return None
    plain = [each for each in function.parameters if "variadic" not in each.kind]
    given: dict[str, str | None] = {}
    for parameter, argument in zip(plain, node.args, strict=False):
        given[parameter.name] = _literal(argument)
    for keyword in node.keywords:
        given[keyword.arg or "**"] = _literal(keyword.value)
    names = [each.name for each in plain]
    if len(node.args) > len(plain) or None in given.values() or not set(given) <= set(names):
        return None
    last = max((names.index(name) for name in given), default=-1)
    return f"{script_name(function.name)}({', '.join(given.get(name) or 'undefined' for name in names[: last + 1])})"


def _literal(node: ast.expr) -> str | None:
    try:
        return script_literal(ast.literal_eval(node))
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return None

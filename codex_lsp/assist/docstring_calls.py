"""The calls that a prompt's docstring shows, in doctests and in prose: inputs that its author thought of."""

import ast
import re

Arguments = tuple[object, ...]
"""Plain built-in values, by position."""

_NOT_LITERAL = object()


def calls_in_docstring(prompt: str, entry_point: str) -> list[Arguments]:
    r"""Positional arguments of all calls of the function with literals, without repetitions.

    >>> calls_in_docstring("def double(x):\n    'double(2) is 4, and double([x]) shows no value.'\n", "double")
    [(2,)]
    """
    text = _docstring(prompt, entry_point)
    found: dict[str, Arguments] = {}
    for match in re.finditer(rf"\b{re.escape(entry_point)}\s?\(", text):
        arguments = _arguments(text[match.start() :])
        if arguments is not None:
            found.setdefault(repr(arguments), arguments)
    return list(found.values())


def function_of(prompt: str, entry_point: str) -> ast.FunctionDef | None:
    """The function that a prompt ends in, before its body; None where there is none of that name."""
    try:
        tree = ast.parse(prompt + "\n    pass\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == entry_point]
    return found[-1] if found else None


def _docstring(prompt: str, entry_point: str) -> str:
    function = function_of(prompt, entry_point)
    return "" if function is None else ast.get_docstring(function) or ""


def _arguments(text: str) -> Arguments | None:
    """The literal arguments of the call that `text` begins with."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character in ")]}" and depth == 0:
            return _literal_arguments(text[: at + 1])
    return None


def _literal_arguments(call: str) -> Arguments | None:
    try:
        node = ast.parse(call, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    values = [_literal(argument) for argument in node.args]
    return None if not values or any(value is _NOT_LITERAL for value in values) else tuple(values)


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return _NOT_LITERAL

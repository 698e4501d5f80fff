"""Whether a function can be held against its examples by message alone, and the check that does so.

Then a candidate and the check never share a process, and no candidate can pass but by giving the right values.
"""

import ast
import builtins
import sys

from codex_lsp.assist.doctest_examples import examples_test
from codex_lsp.assist.function import Example, PythonFunction, parsed
from codex_lsp.errors import AssistRefused

_BUILTINS = frozenset(dir(builtins))


def stands_alone(text: str, function: PythonFunction) -> bool:
    """Whether the function can be called in a process that holds this text and the standard library alone."""
    if not is_plain(function):
        return False
    try:
        tree = parsed(text)
    except AssistRefused:
        return False
    return all(_is_standard(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def is_plain(function: PythonFunction) -> bool:
    """Whether a call of it by its name gives a value that is its own.

    That is not so for a function of a class, an asynchronous one, a generator, or one with decorators.
    """
    return not (function.is_method or function.is_async or function.is_generator or function.decorators)


def literal_examples_test(function: PythonFunction) -> str:
    """Source of a `check(candidate)` that holds all examples of the docstring; empty where one needs more than values.

    Each must call the function with expressions of literals and built-in names, and show a literal.
    """
    shown = "".join(f">>> {example.source}{example.want}\n" for example in function.doctests)
    test = examples_test(shown, function.name)
    whole = test.count("\n    assert ") == len(function.doctests)
    return test if test and whole and all(_is_literal(each, function.name) for each in function.doctests) else ""


def _is_literal(example: Example, name: str) -> bool:
    try:
        tree = ast.parse(example.source.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if example.want.count("\n") != 1:
        return False
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return named <= {name, *_BUILTINS}


def _is_standard(node: ast.Import | ast.ImportFrom) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    relative = isinstance(node, ast.ImportFrom) and node.level > 0
    return not relative and all(name.partition(".")[0] in sys.stdlib_module_names for name in names)

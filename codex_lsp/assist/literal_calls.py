r"""Calls of a function with plain arguments, as they stand in a project's files: inputs that somebody thought of.

>>> calls_in("from m import f\nassert f(1) == g(f(x))\n", "f")
('f(1)',)
"""

import ast
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from codex_lsp.assist.author_examples import is_literal
from codex_lsp.assist.python_files import python_files
from codex_lsp.assist.workbench import Workbench

_MOST_FILES, _MOST_CALLS = 300, 12
_MOST_CHARS = 400
"""Of a call in a text."""


def calls_in(text: str, name: str, module: str = "") -> tuple[str, ...]:
    r"""The calls by that very name whose arguments are literals, once each; none of a text that does not parse.

    Those that name the module before it, by its own name or the one it is imported as, count as calls of the bare name.

    >>> calls_in("from p import m as t\nassert t.f(2) == u.f(3)\n", "f", "m")
    ('f(2)',)
    """
    if re.search(rf"\b{re.escape(name)}\(", text) is None:
        return ()
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    modules = _names_of(tree, module) if module else frozenset[str]()
    calls = (_bare(node, modules) for node in ast.walk(tree))
    return tuple(dict.fromkeys(ast.unparse(node) for node in calls if _is_plain_call(node, name)))


def calls_written(text: str, name: str) -> Iterator[str]:
    r"""The calls with literals in any text, prose and code that does not parse too.

    >>> list(calls_written("assert f(1) == 2\nassert f([1, 2], key='a')\nassert f(x)\nassert f(", "f"))
    ['f(1)', "f([1, 2], key='a')"]
    """
    for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", text):
        for end in re.finditer(r"\)", text[match.start() : match.start() + _MOST_CHARS]):
            call = text[match.start() : match.start() + end.end()]
            node = _call(call)
            if node is None:
                continue
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if given and all(map(is_literal, given)):
                yield ast.unparse(node)
            break


def calls_in_project(root: Path, near: Path, name: str, bench: Workbench) -> tuple[str, ...]:
    """The first calls in the Python files of a project, those nearest to a file first, as the person sees them."""
    found: dict[str, None] = {}
    for path in islice(python_files(root, near), _MOST_FILES):
        document = bench.read(path)
        found |= dict.fromkeys(calls_in(document.text, name, near.stem) if document is not None else ())
        if len(found) >= _MOST_CALLS:
            break
    return tuple(islice(found, _MOST_CALLS))


def _names_of(tree: ast.Module, module: str) -> frozenset[str]:
    """What a module of that last name is called where it is imported."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    names = (alias for node in imports for alias in node.names)
    return frozenset(alias.asname or alias.name for alias in names if alias.name.rpartition(".")[2] == module)


def _bare(node: ast.AST, modules: frozenset[str]) -> ast.AST:
    """A call of a module's function as one of the bare name; anything else as it is."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if modules and ast.unparse(value) in modules:
            return ast.Call(func=ast.Name(id=name), args=node.args, keywords=node.keywords)
        case _:
            return node


def _is_plain_call(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=called), args=args, keywords=keywords) if called == name:
            given = [*args, *(keyword.value for keyword in keywords)]
            return bool(given) and all(map(is_literal, given))
        case _:
            return False


def _call(text: str) -> ast.Call | None:
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return node if isinstance(node, ast.Call) else None

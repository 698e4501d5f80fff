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


def calls_in(text: str, name: str) -> tuple[str, ...]:
    """The calls by that very name whose arguments are literals, once each; none of a text that does not parse."""
    if re.search(rf"\b{re.escape(name)}\(", text) is None:
        return ()
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(dict.fromkeys(ast.unparse(node) for node in ast.walk(tree) if _is_plain_call(node, name)))


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
        found |= dict.fromkeys(calls_in(document.text, name) if document is not None else ())
        if len(found) >= _MOST_CALLS:
            break
    return tuple(islice(found, _MOST_CALLS))


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

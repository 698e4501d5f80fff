"""Who calls a function, found by reading the project's Python files: names, not types, so each is a likely caller."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from codex_lsp.assist.function import PythonFunction, functions_in, parsed
from codex_lsp.assist.python_files import python_files
from codex_lsp.context.document import Document
from codex_lsp.errors import AssistRefused

MOST = 20
MOST_FILES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One place that calls it.

    Attributes:
        path: Of the file, in the project, posix.
        line: 1-based.
        inside: Qualified name of the function or method that the call is in; empty at the module's level.
    """

    path: str
    line: int
    inside: str


def callers_in(text: str, path: str, function: PythonFunction, *, own: bool) -> Iterator[Caller]:
    """The calls of one file, at most one of each caller.

    Args:
        text: Of the file.
        path: As it is to be shown.
        function: That is called.
        own: It is the function's own file, where calls inside the function are not told.
    """
    if re.search(rf"\b{re.escape(function.name)}\b", text) is None:
        return
    try:
        tree = parsed(text)
        places = functions_in(text)
    except AssistRefused:
        return
    if not own and not _imports(tree, function):
        return
    seen: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not _is_called(node.func, function):
            continue
        holder = next((each for each in places if each.line <= node.lineno <= each.end_line), None)
        inside = "" if holder is None else holder.qualname
        if (own and inside == function.qualname) or inside in seen:
            continue
        seen.add(inside)
        yield Caller(path=path, line=node.lineno, inside=inside)


def callers_of(
    function: PythonFunction, path: Path, root: Path, read: Callable[[Path], Document | None]
) -> tuple[Caller, ...]:
    """Calls in the other files of a project; secret and ignored files are never read.

    Args:
        function: That is called.
        path: Of its file, real.
        root: Of the project, real.
        read: A file as the person sees it.
    """
    found: list[Caller] = []
    for file in islice(python_files(root, path), MOST_FILES):
        document = read(file) if file != path else None
        if document is not None:
            found += callers_in(document.text, file.relative_to(root).as_posix(), function, own=False)
        if len(found) >= MOST:
            break
    return tuple(found[:MOST])


def _is_called(node: ast.expr, function: PythonFunction) -> bool:
    """By its own name; a method, and a function of an imported module, by any name before the dot."""
    if isinstance(node, ast.Attribute):
        return node.attr == function.name
    return isinstance(node, ast.Name) and node.id == function.name and not function.is_method


def _imports(tree: ast.Module, function: PythonFunction) -> bool:
    """Whether a file could know the function: by its name, or by a module's; methods are reached in many ways."""
    if function.is_method:
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & {function.name, "*"}:
            return True
        if isinstance(node, ast.Attribute) and node.attr == function.name:
            return True
    return False

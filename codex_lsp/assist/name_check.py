"""Our own small check of a module's names: those that nothing defines, and imports that nothing uses.

It says less than a linter does, so that what it says is certain: a module with `from x import *`, or one that changes
its namespace as it runs, is not judged. What tools say of names in words of their own is read here too.
"""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from codex_lsp.assist.request import Problem

_GIVEN = frozenset(dir(builtins)) | {
    "__annotations__",
    "__builtins__",
    "__dict__",
    "__doc__",
    "__file__",
    "__loader__",
    "__module__",
    "__name__",
    "__package__",
    "__path__",
    "__qualname__",
    "__spec__",
    "WindowsError",
}
_CHANGES_NAMES = frozenset({"exec", "globals", "vars", "locals", "setattr"})
# Of ruff, pyflakes and flake8; of pylint; of pyright and mypy.
_UNDEFINED_SAID = re.compile(
    r"undefined (?:name|variable) [`'\"]?(\w+)|[`'\"](\w+)[`'\"] is not defined", re.IGNORECASE
)
_UNUSED_SAID = re.compile(
    r"[`'\"]([\w.]+)(?: as (\w+))?[`'\"] imported but unused"
    r"|(?:import )?[`'\"]([\w.]+)[`'\"] is not accessed"
    r"|unused (?:import )?[`'\"]?([\w.]+)(?:[`'\"]? imported| as (\w+))?",
    re.IGNORECASE,
)


class NameFault(StrEnum):
    """What can be wrong with a name."""

    UNDEFINED = "undefined"
    UNUSED_IMPORT = "unused import"


@dataclass(frozen=True, slots=True)
class NameProblem:
    """One name, and what is wrong with it."""

    fault: NameFault
    name: str


def name_problems(text: str) -> frozenset[NameProblem] | None:
    """What is certainly wrong with the names of a module; None where that cannot be told, as it does not compile."""
    text = text.removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            module = symtable.symtable(text, "<module>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if any(_hides_names(node) for node in ast.walk(tree)):
        return None
    scopes = tuple(_scopes(module))
    bound = {symbol.get_name() for symbol in module.get_symbols() if _is_bound(symbol)}
    bound |= {
        symbol.get_name()
        for scope in scopes[1:]
        for symbol in scope.get_symbols()
        if symbol.is_declared_global() and _is_bound(symbol)
    }
    used = set(_global_uses(scopes))
    undefined = (NameProblem(NameFault.UNDEFINED, name) for name in used - bound - _GIVEN)
    unused = (NameProblem(NameFault.UNUSED_IMPORT, name) for name in _imported(tree) - used - _mentioned(tree))
    return frozenset((*undefined, *unused))


def tells_of_names(message: str) -> bool:
    """Whether a diagnostic is about an undefined name or an unused import, by its words."""
    return any(pattern.search(message) for pattern in (_UNDEFINED_SAID, _UNUSED_SAID))


def known_problem(problem: Problem, text: str) -> NameProblem | None:
    """What a tool says of a name, as our own check has it; None where that does not find it, or it is no name's."""
    found = name_problems(text) or frozenset()
    return next((each for each in _said(problem) if each in found), None)


def meant_problem(problem: Problem, text: str) -> NameProblem | None:
    """The same, by the tool's word alone where our own check cannot judge the module."""
    if name_problems(text) is not None:
        return known_problem(problem, text)
    return next((each for each in _said(problem) if re.search(rf"\b{re.escape(each.name)}\b", text)), None)


def visible_names(text: str) -> frozenset[str]:
    """All names that a module binds anywhere, and Python's own; none where it does not compile."""
    try:
        module = symtable.symtable(text.removeprefix("\ufeff"), "<module>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    bound = {symbol.get_name() for scope in _scopes(module) for symbol in scope.get_symbols() if _is_bound(symbol)}
    return frozenset(bound) | frozenset(dir(builtins))


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace() or symbol.is_parameter()


def _global_uses(scopes: tuple[symtable.SymbolTable, ...]) -> Iterator[str]:
    """Names that are read from the module's namespace."""
    for number, scope in enumerate(scopes):
        for symbol in scope.get_symbols():
            if symbol.is_referenced() and (number == 0 or symbol.is_global()):
                yield symbol.get_name()


def _imported(tree: ast.Module) -> set[str]:
    """Names that the module's own import statements bind for its own use."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {
                alias.asname or alias.name.partition(".")[0] for alias in node.names if alias.asname != alias.name
            }
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            names |= {alias.asname or alias.name for alias in node.names if alias.asname != alias.name}
    return names


def _mentioned(tree: ast.Module) -> set[str]:
    """Words of all short strings: `__all__`, and annotations that are written as text."""
    said = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {word for text in said if len(text) < 200 for word in _words(text)}  # noqa: PLR2004 - no annotation is longer


def _words(text: str) -> list[str]:
    return "".join(each if each.isalnum() or each == "_" else " " for each in text).split()


def _hides_names(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CHANGES_NAMES


def _said(problem: Problem) -> Iterator[NameProblem]:
    """What a message may mean, the likeliest first."""
    said = [
        *((NameFault.UNDEFINED, word) for word in _words_of(_UNDEFINED_SAID, problem.message)),
        *((NameFault.UNUSED_IMPORT, word) for word in reversed(_words_of(_UNUSED_SAID, problem.message))),
    ]
    for fault, word in said:
        # `import os.path` binds its first part; `from collections import deque`, told as `collections.deque`, its last.
        yield from (NameProblem(fault, part) for part in (word, word.rpartition(".")[2], word.partition(".")[0]))


def _words_of(pattern: re.Pattern[str], message: str) -> list[str]:
    match = pattern.search(message)
    return [] if match is None else [word for word in match.groups() if word]

"""Mends of names that nothing defines, and of imports that nothing uses, where there is one thing that can be meant."""

import difflib
import importlib
import os
import re
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from codex_lsp.assist.import_edit import added_import, removed_import
from codex_lsp.assist.name_check import NameFault, NameProblem, visible_names
from codex_lsp.assist.project import Project
from codex_lsp.assist.repair import Repair
from codex_lsp.assist.request import Problem
from codex_lsp.assist.result import TextEdit
from codex_lsp.context.regular_file import regular_bytes

LIKENESS = 0.75
"""Of a misspelt name and the one that was meant, by Ratcliff and Obershelp."""
MOST_FILES = 1000
"""Of a project that are looked into for a definition."""
_MOST_BYTES = 1 << 20
# Whose names people write without thinking of where they come from; the first that has a name is asked.
_WELL_KNOWN = (
    "abc",
    "argparse",
    "asyncio",
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "math",
    "operator",
    "pathlib",
    "random",
    "re",
    "string",
    "textwrap",
    "threading",
    "time",
    "typing",
)


def name_repairs(text: str, known: NameProblem, problem: Problem, project: Project | None) -> Iterator[Repair]:
    """The one mend of a name's problem, where there is one.

    Args:
        text: The module, which compiles.
        known: The problem as our own check has it.
        problem: As the tool has it: where the name stands.
        project: Whose modules may define it, and are read; None where none may be.
    """
    if known.fault is NameFault.UNUSED_IMPORT:
        edit = removed_import(text, known.name)
        if edit is not None:
            yield Repair(edits=(edit,), label=f"Remove the unused import of {known.name}")
        return
    statements = import_statements(known.name, project)
    if len(statements) == 1:
        yield Repair(edits=(added_import(text, statements[0]),), label=f"Add `{statements[0]}`")
    elif not statements:
        yield from _respelt(text, known.name, problem)


def import_statements(name: str, project: Project | None) -> tuple[str, ...]:
    """All import statements that could be meant: modules of the name, and modules that define it."""
    own = {} if project is None else _modules(project)
    found = [f"import {name}"] if name in sys.stdlib_module_names or name in own else []
    word = re.compile(rf"^(?:async def|def|class) {re.escape(name)}\b|^{re.escape(name)}\b[^=\n]*=", re.MULTILINE)
    found += [
        f"from {module} import {name}"
        for module, path in own.items()
        if project is not None and module != project.module and word.search(_text(path)) is not None
    ]
    return tuple(found) or tuple(f"from {module} import {name}" for module in _standard_homes(name))


def _respelt(text: str, name: str, problem: Problem) -> Iterator[Repair]:
    near = difflib.get_close_matches(name, sorted(visible_names(text) - {name}), n=2, cutoff=LIKENESS)
    places = [found.span() for found in re.finditer(rf"\b{re.escape(name)}\b", text)]
    here = [span for span in places if span[0] <= problem.start <= span[1]] or places
    if len(near) == 1 and len(here) == 1:
        edit = TextEdit(start=here[0][0], end=here[0][1], text=near[0])
        yield Repair(edits=(edit,), label=f"Write `{near[0]}` for `{name}`")


def _modules(project: Project) -> dict[str, Path]:
    """The project's modules by name, without its tests."""
    found: dict[str, Path] = {}
    for base in project.import_from:
        for folder, folders, files in os.walk(base):
            folders[:] = sorted(each for each in folders if each.isidentifier() and each not in ("tests", "test"))
            if "pyvenv.cfg" in files:
                folders.clear()
                continue
            for file in sorted(files):
                path = Path(folder, file)
                if path.suffix == ".py" and path.stem.isidentifier() and not file.startswith(("test_", "conftest")):
                    parts = path.relative_to(base).with_suffix("").parts
                    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                    if module and path not in found.values() and path not in project.masked:
                        found.setdefault(module, path)
                if len(found) >= MOST_FILES:
                    return found
    return found


def _text(path: Path) -> str:
    return (regular_bytes(path, max_bytes=_MOST_BYTES) or b"").decode("utf-8", "replace")


@cache
def _standard_homes(name: str) -> tuple[str, ...]:
    """The well-known modules of the standard library that define a public name; `collections.abc` before `typing`."""
    if name.startswith("_"):
        return ()
    homes = [module for module in _WELL_KNOWN if name in _public(module)]
    if "typing" in homes and len(homes) > 1:
        homes.remove("typing")
    return tuple(homes)


@cache
def _public(module: str) -> frozenset[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = importlib.import_module(module)
    names: list[str] = getattr(loaded, "__all__", None) or [
        name for name, value in vars(loaded).items() if getattr(value, "__module__", module) == module
    ]
    return frozenset(name for name in names if not name.startswith("_") and name.isidentifier())

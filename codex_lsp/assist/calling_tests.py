"""The tests of a project that call a function: found by their text, without running anything."""

import ast
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.assist.function import PythonFunction, parsed
from codex_lsp.assist.project import Project
from codex_lsp.context.document import Document
from codex_lsp.errors import AssistRefused

MOST_FILES = 4000
"""Names of files that are looked at in a project."""
MOST_CALLERS = 20
"""Files with tests that call one function; more of them would make each run long and prove little more."""
_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|tests?\.py")
_LEFT_OUT = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist", "venv", "env"})

Read = Callable[[Path], Document | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingTests:
    """Tests of one file.

    Attributes:
        path: Of the file.
        text: As the person sees it.
        names: Pytest's names of the tests in it, after `::`; none where the file calls the function outside its tests,
            so that any of them may.
    """

    path: Path
    text: str
    names: tuple[str, ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """For pytest."""
        return tuple(f"{self.path}::{name}" for name in self.names) or (str(self.path),)


def find_calling_tests(function: PythonFunction, project: Project, read: Read) -> tuple[CallingTests, ...]:
    """The tests that name the function and import it; the file beside the module, or mirrored, first."""
    name = function.name if function.class_name is None else function.class_name.rpartition(".")[2]
    found = (_calling(path, function, name, project, read) for path in _test_files(project))
    callers = (each for each in found if each is not None)
    return tuple(each for each, _ in zip(callers, range(MOST_CALLERS), strict=False))


def find_importing_tests(project: Project, read: Read) -> tuple[CallingTests, ...]:
    """All tests of the files that import the module, or something out of it."""
    found = (_importing(path, project, read) for path in _test_files(project) if path != project.path)
    importers = (each for each in found if each is not None)
    return tuple(each for each, _ in zip(importers, range(MOST_CALLERS), strict=False))


def _importing(path: Path, project: Project, read: Read) -> CallingTests | None:
    document = read(path)
    own = project.module.rpartition(".")[2]
    if document is None or re.search(rf"\b{re.escape(own)}\b", document.text) is None:
        return None
    try:
        tree = parsed(document.text)
    except AssistRefused:
        return None
    is_importer = any(_imports_out_of(node, own, project.module) for node in ast.walk(tree))
    has_tests = next(_tests(tree, ""), None) is not None
    return CallingTests(path=path, text=document.text, names=()) if is_importer and has_tests else None


def _imports_out_of(node: ast.AST, own: str, module: str) -> bool:
    """Whether a statement imports the module itself, or names from it."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(own):
        return node.level > 0 or node.module == module
    return _imports(node, own, module)


def _calling(path: Path, function: PythonFunction, name: str, project: Project, read: Read) -> CallingTests | None:
    document = read(path)
    if document is None or re.search(rf"\b{re.escape(function.name)}\b", document.text) is None:
        return None
    try:
        tree = parsed(document.text)
    except AssistRefused:
        return None
    if path != project.path and not any(_imports(node, name, project.module) for node in ast.walk(tree)):
        return None
    inside = tuple(test for test, node in _tests(tree, "") if _names(node, function.name))
    outside = any(_names(node, function.name) for node in _helpers(tree))
    if not inside and not outside:
        return None
    return CallingTests(path=path, text=document.text, names=() if outside else inside)


def _test_files(project: Project) -> Iterator[Path]:
    if project.test_file_exists:
        yield project.test_file
    seen = 0
    for folder, folders, files in os.walk(project.root):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("."))
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        seen += len(files)
        if seen > MOST_FILES:
            return
        for name in sorted(files):
            path = Path(folder, name)
            if _TEST_FILE.fullmatch(name) and path != project.test_file and path not in project.masked:
                yield path


def _tests(tree: ast.Module | ast.ClassDef, before: str) -> Iterator[tuple[str, ast.AST]]:
    """Tests as pytest collects them by default, and unittest's."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield f"{before}{node.name}", node
        elif isinstance(node, ast.ClassDef) and _is_test_class(node):
            yield from _tests(node, f"{before}{node.name}::")


def _helpers(tree: ast.Module) -> Iterator[ast.AST]:
    """What of a file is neither a test nor an import: fixtures, tables of cases, `setUp`."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _is_test_class(node):
            yield from (each for each in node.body if not getattr(each, "name", "").startswith("test"))
        elif not isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "name", "").startswith("test"):
            yield node


def _is_test_class(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") or any("TestCase" in ast.unparse(base) for base in node.bases)


def _names(node: ast.AST, name: str) -> bool:
    return any(
        (isinstance(each, ast.Name) and each.id == name) or (isinstance(each, ast.Attribute) and each.attr == name)
        for each in ast.walk(node)
    )


def _imports(node: ast.AST, name: str, module: str) -> bool:
    """Whether a statement imports the module, a package that may hand its names on, or the name from one of them."""
    package, _, own = module.rpartition(".")
    if isinstance(node, ast.Import):
        return any(_is_around(alias.name, module) for alias in node.names)
    if not isinstance(node, ast.ImportFrom):
        return False
    names = {alias.name for alias in node.names}
    source = node.module or ""
    if node.level:
        # Relative to where the tests are: by its end it is the module, or a package around it.
        return bool(names & {name, own, "*"}) and (not source or module.endswith(source) or source in package)
    return bool(names & {name, own, "*"}) and _is_around(source, module)


def _is_around(source: str, module: str) -> bool:
    return module == source or module.startswith(f"{source}.")

"""Where a module's tests live or would live, and how a project writes its tests: found from what is there."""

import ast
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from codex_lsp.context.folder_entries import entries_of
from codex_lsp.context.regular_file import regular_bytes

_TEST_FOLDERS = ("tests", "test")
_MAX_FOLDERS = 5_000
"""Folders that are looked into for test files, those near the root first."""
_MAX_READ = 12
"""Test files that are looked into for the project's style."""
_MAX_FILE_BYTES = 400_000
_LEFT_OUT = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env", "build", "dist"})


class TestStyle(StrEnum):
    """How tests are written."""

    __test__ = False  # no test itself, whatever pytest thinks of the name

    PYTEST = "pytest"
    """Functions with `assert`."""
    UNITTEST = "unittest"
    """Methods of classes of `unittest.TestCase`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutOfTests:
    """What tests of one module look like.

    Attributes:
        file: Where they live, or would live.
        exists: The file is there.
        style: Of that file, else of the project's others.
    """

    file: Path
    exists: bool
    style: TestStyle


def layout_of_tests(path: Path, root: Path, *, below: Path, reads: bool) -> LayoutOfTests:
    """How the tests of a module are laid out.

    Args:
        path: Of the module.
        root: Of the project.
        below: The folder that the module is imported from; its way below it is mirrored by some projects.
        reads: Test files may be looked into.
    """
    stem = path.stem if path.stem not in ("__init__", "__main__") else path.parent.name
    found = list(_test_files(root))
    names = (f"test_{stem}.py", f"{stem}_test.py")
    file = _nearest([each for each in found if each.name in names], path) or _place(path, stem, root, below, found)
    others = sorted(found, key=lambda each: (each != file, _distance(each, file)))
    return LayoutOfTests(file=file, exists=file in found, style=_style(others) if reads else TestStyle.PYTEST)


def is_test_file(name: str) -> bool:
    """Whether pytest would collect a file of that name by itself."""
    return name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py"))


def _test_files(root: Path) -> Iterator[Path]:
    folders = deque([root])
    for _ in range(_MAX_FOLDERS):
        if not folders:
            return
        for entry in entries_of(folders.popleft()):
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and entry.name not in _LEFT_OUT:
                    folders.append(Path(entry.path))
            elif is_test_file(entry.name):
                yield Path(entry.path)


def _place(path: Path, stem: str, root: Path, below: Path, found: list[Path]) -> Path:
    """Where a new file belongs: beside the module, or in the folder of tests, mirrored where that is mirrored."""
    suffixed = sum(each.name.endswith("_test.py") for each in found)
    name = f"{stem}_test.py" if suffixed * 2 > len(found) else f"test_{stem}.py"
    beside = [each for each in found if _has_module_beside(each)]
    for folder in (path.parent / name for name in _TEST_FOLDERS):
        if folder.is_dir():
            return folder / name
    if len(beside) * 2 > len(found):
        return path.parent / name
    tests = next((root / each for each in _TEST_FOLDERS if (root / each).is_dir()), None)
    if tests is not None:
        return _mirrored(path.parent, tests, below) / name
    whole = any((root / mark).exists() for mark in (".git", "pyproject.toml", "setup.py", "setup.cfg"))
    return (root / "tests" if whole else path.parent) / name


def _mirrored(folder: Path, tests: Path, below: Path) -> Path:
    """The folder of tests that stands for a module's folder, as far as such folders are there."""
    parts = folder.relative_to(below).parts if folder.is_relative_to(below) else ()
    for base in (tests / "unit", tests):
        for way in (parts, parts[1:]):  # with the package's own name, and without
            if way and base.joinpath(*way).is_dir():
                return base.joinpath(*way)
    return tests / "unit" if _holds_tests(tests / "unit") else tests


def _holds_tests(folder: Path) -> bool:
    try:
        return any(is_test_file(each.name) for each in folder.iterdir())
    except OSError:
        return False


def _has_module_beside(test: Path) -> bool:
    stem = test.stem.removeprefix("test_") if test.stem.startswith("test_") else test.stem.removesuffix("_test")
    return (test.parent / f"{stem}.py").is_file()


def _nearest(files: Iterable[Path], path: Path) -> Path | None:
    return min(files, key=lambda each: (_distance(each, path), str(each)), default=None)


def _distance(one: Path, other: Path) -> tuple[int, int]:
    """Few folders of their own come first: those on the module's way that the tests' way lacks."""
    lacking = Counter(other.parent.parts) - Counter(one.parent.parts)
    return lacking.total(), len(one.parts)


def _style(files: Iterable[Path]) -> TestStyle:
    """The style of the first file that has tests."""
    told = (_told(each) for each in islice(files, _MAX_READ))
    return next((style for style in told if style is not None), TestStyle.PYTEST)


def _told(file: Path) -> TestStyle | None:
    data = regular_bytes(file, max_bytes=_MAX_FILE_BYTES)
    try:
        tree = ast.parse(data or b"")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return style_of(tree)


def style_of(tree: ast.Module) -> TestStyle | None:
    """How the tests of a module are written; None where it has none."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if any("TestCase" in ast.unparse(base) for node in classes for base in node.bases):
        return TestStyle.UNITTEST
    names = [str(getattr(node, "name", "")) for node in tree.body]
    return TestStyle.PYTEST if any(name.lower().startswith("test") for name in names) else None

"""Where the tests of a module of JavaScript or TypeScript live, as the project's other tests show."""

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from codex_lsp.context.folder_entries import entries_of
from codex_lsp.context.regular_file import is_folder

_MOST_ENTRIES = 10_000
_OTHERS = frozenset({"node_modules", "dist", "build", "out", "coverage", "vendor"})
_FOLDERS = ("__tests__", "test", "tests", "spec")
_TEST = re.compile(r"(?P<stem>.+)(?P<mark>\.(?:test|spec))\.[cm]?[jt]sx?")
_SOURCE = re.compile(r"(?P<stem>[^.].*?)\.[cm]?[jt]sx?")


def script_test_file(path: Path, package: Path) -> Path:
    """The file for a module's tests: its own where it has one, else one as those nearest to it are named and placed.

    Args:
        path: Of the module, real.
        package: The folder of its `package.json`.
    """
    tests = list(_tests(package))
    own = [file for file, stem, _ in tests if stem == path.stem]
    if own:
        return min(own, key=lambda file: _distance(file, path))
    if not tests:
        return _folder(path.parent) / f"{path.stem}.test{path.suffix}"
    nearest, _, mark = min(tests, key=lambda each: _distance(each[0], path))
    return _placed(path, nearest, package) / f"{path.stem}{mark}{path.suffix}"


def _tests(package: Path) -> Iterator[tuple[Path, str, str]]:
    """Files of tests, the stem of what each is of, and the word in its name that says so."""
    folders, left = deque([package]), _MOST_ENTRIES
    while folders and left > 0:
        folder = folders.popleft()
        entries = entries_of(folder)
        left -= len(entries)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _OTHERS and not entry.name.startswith("."):
                    folders.append(folder / entry.name)
            elif match := _TEST.fullmatch(entry.name):
                yield folder / entry.name, match["stem"], match["mark"]
            elif folder.name == "__tests__" and (plain := _SOURCE.fullmatch(entry.name)):
                yield folder / entry.name, plain["stem"], ""


def _placed(path: Path, test: Path, package: Path) -> Path:
    """The folder that stands to a module as another test's folder stands to what it tests."""
    if test.parent.name == "__tests__":
        return path.parent / "__tests__"
    below = test.parent.relative_to(package).parts
    at = next((number for number, part in enumerate(below) if part in _FOLDERS), None)
    if at is None:
        return path.parent
    root = package.joinpath(*below[: at + 1])
    if not path.is_relative_to(root.parent):
        return _folder(path.parent)
    way = path.parent.relative_to(root.parent).parts
    mirrored = (root.joinpath(*parts) for parts in (way, way[1:]))
    return next((folder for folder in mirrored if folder != root and is_folder(folder)), root)


def _folder(beside: Path) -> Path:
    return next((beside / name for name in _FOLDERS if is_folder(beside / name)), beside)


def _distance(file: Path, path: Path) -> tuple[int, str]:
    shared = sum(one == other for one, other in zip(file.parts, path.parts, strict=False))
    return len(file.parts) + len(path.parts) - 2 * shared, str(file)

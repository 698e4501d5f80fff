"""The Python that a project runs with: its own virtual environment where it has one, else ours. Nothing is started."""

import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.context.regular_file import regular_bytes
from codex_lsp.execution.interpreter import home_folder, interpreter_paths

OLDEST = (3, 9)
"""What our own programs that run under it need."""
_FOLDERS = (".venv", "venv", "env")
_CONFIGURATION = "pyvenv.cfg"
_MAX_CONFIGURATION_BYTES = 10_000
_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectInterpreter:
    """A Python and what must be readable for it to run.

    Attributes:
        path: Of the program.
        readable: Its own and its base's folders.
        has_pytest: pytest is installed in it.
        is_own: It is the project's own, not the one that runs this.
        version: Its major and minor version.
    """

    path: Path
    readable: tuple[Path, ...]
    has_pytest: bool
    is_own: bool
    version: tuple[int, int]


def interpreter_of(folder: Path | None, root: Path | None) -> ProjectInterpreter:
    """The nearest virtual environment between a file's folder and its project's root, else our own interpreter.

    Args:
        folder: Of the file; None where none of its surroundings may be looked at.
        root: Of the project.
    """
    for above in _between(folder, root):
        for name in _FOLDERS:
            found = environment_at(above / name)
            if found is not None:
                return found
    return ProjectInterpreter(
        path=Path(sys.executable),
        readable=interpreter_paths(),
        has_pytest=importlib.util.find_spec("pytest") is not None,
        is_own=False,
        version=(sys.version_info.major, sys.version_info.minor),
    )


def _between(folder: Path | None, root: Path | None) -> Iterator[Path]:
    if folder is None:
        return
    yield folder
    if root is None or not folder.is_relative_to(root):
        return
    while folder != root:
        folder = folder.parent
        yield folder


def environment_at(folder: Path) -> ProjectInterpreter | None:
    """A virtual environment that can be used; None for a folder that is none, is broken, or is too old."""
    said = regular_bytes(folder / _CONFIGURATION, max_bytes=_MAX_CONFIGURATION_BYTES)
    version = _VERSION.search(said.decode("utf-8", "replace")) if said else None
    if version is None or (found := (int(version[1]), int(version[2]))) < OLDEST:
        return None
    program = next((each for each in (folder / "bin/python", folder / "Scripts/python.exe") if _runs(each)), None)
    if program is None:
        return None
    base = program.resolve().parent.parent
    library = f"lib/python{found[0]}.{found[1]}"
    if os.name == "posix" and not _is_python(base, library):
        # What a link leads to is mounted only where it is a Python: a repository may bring any link.
        return None
    packages = [folder / library / "site-packages", folder / "Lib/site-packages"]
    if b"include-system-site-packages = true" in (said or b""):
        packages += [base / library / "site-packages", base / "lib/python3/dist-packages"]
    return ProjectInterpreter(
        path=program,
        readable=tuple(dict.fromkeys((folder, folder.resolve(), base))),
        has_pytest=any((each / "pytest").is_dir() for each in packages),
        is_own=True,
        version=found,
    )


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def _is_python(base: Path, library: str) -> bool:
    return base != Path("/") and not home_folder().is_relative_to(base) and (base / library / "os.py").is_file()

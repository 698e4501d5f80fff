"""Suggested imports that nothing here provides: a misspelled name may be somebody's trap (typo-squatting).

What is known is read from names of files; nothing is imported and nothing is run.
"""

import ast
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from codex_lsp.assist.package_names import REMOVED, PackageNames, normal, one_edit_away, well_known
from codex_lsp.assist.project_interpreter import interpreter_of
from codex_lsp.context.regular_file import regular_bytes

_MAX_BYTES = 1 << 20
_MAX_ENTRIES = 20_000
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_ENVIRONMENTS = ("VIRTUAL_ENV", "CONDA_PREFIX")
"""Where activated environments say that they are; the server was started in one, where the editor was."""


def known_modules(path: Path | None, root: Path | None, *, trusted: bool) -> PackageNames:
    """What imports may name in a file: installed for its project, or part of it, or asked for by it.

    Args:
        path: Of the file; None where it was never saved.
        root: Of its project; None where it belongs to none.
        trusted: The project's own files may be read; else only names in its folders are.
    """
    folder = None if path is None else path.parent
    interpreter = interpreter_of(folder, root)
    own = interpreter.path.parent.parent if interpreter.is_own else None
    found: set[str] = set()
    for packages in _places(own):
        found |= _installed(packages)
    for place in {each for each in (folder, root, root and root / "src") if each is not None}:
        found |= set(_modules(place))
    if root is not None and trusted:
        found |= set(_required(root))
    return PackageNames.of(found)


def unknown_imports(tree: ast.Module, known: PackageNames) -> Iterator[tuple[int, str]]:
    """Lines from 1 of imports that name a top-level module which nothing here provides, and a line on each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module]
        else:
            continue
        for name in dict.fromkeys(name.partition(".")[0] for name in names):
            if not _is_known(name, known):
                yield node.lineno, _message(name, known)


def _is_known(name: str, known: PackageNames) -> bool:
    return name in sys.stdlib_module_names or normal(name) in known.known


def _message(name: str, known: PackageNames) -> str:
    if normal(name) in REMOVED:
        return f"`{name}` is not installed; a package of that name was removed from the index for what it did"
    if normal(name) in well_known():
        return f"`{name}` is neither installed nor part of this project"
    named = {*known.known, *well_known(), *sys.stdlib_module_names}
    near = sorted(one_edit_away(normal(name)) & named)
    meant = f"; did you mean `{near[0]}`? A package with a name so near may be a trap" if near else ""
    return f"`{name}` is neither installed nor part of this project{meant}"


def _places(environment: Path | None) -> Iterator[Path]:
    """Folders with installed packages: the project's environment's, else those of this interpreter and its shell."""
    if environment is not None:
        yield from _site_packages(environment)
        base = (environment / "bin/python").resolve().parent.parent
        configuration = regular_bytes(environment / "pyvenv.cfg", max_bytes=_MAX_BYTES) or b""
        if b"include-system-site-packages = true" in configuration:
            yield from _site_packages(base)
        return
    yield from (Path(place) for place in sys.path if place)
    for name in _ENVIRONMENTS:
        if os.environ.get(name):
            yield from _site_packages(Path(os.environ[name]))


def _site_packages(environment: Path) -> Iterator[Path]:
    yield from environment.glob("lib/python*/site-packages")
    yield from environment.glob("lib/python*/dist-packages")
    yield environment / "Lib/site-packages"


def _installed(packages: Path) -> set[str]:
    """Modules in a folder of packages, names of distributions, and modules of projects installed for editing."""
    found = set(_modules(packages))
    for entry in _entries(packages):
        if entry.name.endswith((".dist-info", ".egg-info")):
            found.add(entry.name.partition("-")[0])
        elif entry.suffix == ".pth":
            text = (regular_bytes(entry, max_bytes=_MAX_BYTES) or b"").decode("utf-8", "replace")
            for line in text.splitlines():
                if line.startswith("/"):
                    found |= set(_modules(Path(line.strip())))
    return found


def _modules(folder: Path) -> Iterator[str]:
    """Names that an import finds in a folder: modules, extensions, and folders."""
    for entry in _entries(folder):
        name, _, kind = entry.name.partition(".")
        if name.isidentifier() and (kind == "py" or not kind or kind.endswith(("so", "pyd"))):
            yield name


def _entries(folder: Path) -> Iterable[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry, _ in zip(entries, range(_MAX_ENTRIES), strict=False)]
    except (OSError, ValueError):
        return ()


def _required(root: Path) -> Iterator[str]:
    """Distributions that a project says it needs, in `pyproject.toml` or a file of requirements."""
    try:
        text = (regular_bytes(root / "pyproject.toml", max_bytes=_MAX_BYTES) or b"").decode("utf-8", "replace")
        project = tomllib.loads(text).get("project", {})
        lines = [*project.get("dependencies", ()), *chain(*project.get("optional-dependencies", {}).values())]
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        lines = []
    for file in root.glob("requirements*.txt"):
        lines += (regular_bytes(file, max_bytes=_MAX_BYTES) or b"").decode("utf-8", "replace").splitlines()
    for line in lines:
        if match := _REQUIREMENT.match(str(line)):
            yield match[1]

"""The project around a file: how its code is imported and run, what it must not see, and how its tests look."""

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex_lsp.assist.project_interpreter import interpreter_of
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.secret_files import secret_files
from codex_lsp.assist.tests_layout import TestStyle, layout_of_tests
from codex_lsp.assist.workbench import Workbench
from codex_lsp.context.regular_file import regular_bytes
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.interpreter import home_folder

_MARKS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg")
_MAX_SETTINGS_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything that running one file's code needs to know.

    Attributes:
        root: The project's folder, real and absolute; the file's own where it belongs to no project.
        path: The request's file, real and absolute.
        interpreter: The project's virtual environment's, else ours.
        interpreter_readable: What must be readable for that interpreter.
        own_interpreter: It is the project's own.
        has_pytest: pytest is installed in it.
        import_from: Folders that the project's modules are imported from, the file's own first.
        module: The dotted name by which the file is imported.
        importable: An `import` statement can say that name.
        masked: Secrets under the root.
        replaced: Files whose text in the editor is not the one on disk: the request's own, where it is so.
        test_file: Where tests of the module live or would live.
        test_file_exists: It is there.
        style: How the project's tests are written.
    """

    root: Path
    path: Path
    interpreter: Path
    interpreter_readable: tuple[Path, ...]
    own_interpreter: bool
    has_pytest: bool
    import_from: tuple[Path, ...]
    module: str
    importable: bool
    masked: tuple[Path, ...]
    replaced: dict[Path, bytes]
    test_file: Path
    test_file_exists: bool
    style: TestStyle

    @property
    def readable(self) -> tuple[Path, ...]:
        """What a job that runs the project's code mounts."""
        return (self.root, *self.interpreter_readable)


def project_of(request: AssistRequest, bench: Workbench) -> Project:
    """The project of the request's file. Reads names of files, and where the workspace is trusted some of them.

    Raises:
        AssistRefused: The document was never saved, so that nothing can import it.
    """
    del bench  # texts that are open elsewhere will matter here
    if request.path is None:
        raise AssistRefused("the document was never saved, so that nothing can import it; save it to a file first")
    path = request.path.resolve()
    root = _root(request.root, path)
    if _holds_home(root):
        raise AssistRefused(f"{root} holds your home folder, which no code may see; move the file to a folder below it")
    settings = _settings(root) if request.trusted else {}
    base, module = _imported(path, _roots(root, settings), request.document.text)
    interpreter = interpreter_of(path.parent if request.trusted else None, root)
    layout = layout_of_tests(path, root, below=base, reads=request.trusted)
    return Project(
        root=root,
        path=path,
        interpreter=interpreter.path,
        interpreter_readable=interpreter.readable,
        own_interpreter=interpreter.is_own,
        has_pytest=interpreter.has_pytest,
        import_from=tuple(dict.fromkeys((base, *_roots(root, settings)))),
        module=module,
        importable=all(part.isidentifier() for part in module.split(".")),
        masked=secret_files(root) if request.trusted else (),
        replaced=_replaced(path, request.document.text),
        test_file=layout.file,
        test_file_exists=layout.exists,
        style=layout.style,
    )


def _root(given: Path | None, path: Path) -> Path:
    if given is not None and path.is_relative_to(given.resolve()) and not _holds_home(given.resolve()):
        return given.resolve()
    marked = (folder for folder in path.parents if _is_marked(folder) and not _holds_home(folder))
    return next(marked, path.parent)


def _holds_home(folder: Path) -> bool:
    return home_folder().resolve().is_relative_to(folder)


def _is_marked(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in _MARKS)


def _settings(root: Path) -> dict[str, Any]:
    data = regular_bytes(root / "pyproject.toml", max_bytes=_MAX_SETTINGS_BYTES) or b""
    try:
        return tomllib.loads(data.decode("utf-8", "replace"))
    except tomllib.TOMLDecodeError:
        return {}


def _roots(root: Path, settings: dict[str, Any]) -> tuple[Path, ...]:
    """Folders that the project itself puts on the path: pytest's `pythonpath`, `src`, and the root."""
    try:
        said = settings["tool"]["pytest"]["ini_options"]["pythonpath"]
    except (KeyError, TypeError):
        said = []
    names: list[str] = said.split() if isinstance(said, str) else [str(each) for each in said or ()]
    named = [(root / name).resolve() for name in names]
    inside = [folder for folder in named if folder.is_relative_to(root) and folder.is_dir()]
    return tuple(dict.fromkeys((*inside, *((root / "src",) if (root / "src").is_dir() else ()), root)))


def _imported(path: Path, roots: tuple[Path, ...], text: str) -> tuple[Path, str]:
    """The folder that a file is imported from, and the name that it then has."""
    base = path.parent
    while (base / "__init__.py").is_file() and base != base.parent:
        base = base.parent
    if base == path.parent and (around := _nearest(roots, base)) is not None and _is_part(base, around, text):
        base = around
    parts = path.relative_to(base).with_suffix("").parts
    return base, ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _nearest(roots: tuple[Path, ...], folder: Path) -> Path | None:
    return max((each for each in roots if folder.is_relative_to(each)), key=lambda each: len(each.parts), default=None)


def _is_part(folder: Path, around: Path, text: str) -> bool:
    """Whether a folder without `__init__.py` is a package of a root all the same: by its name, or by its imports."""
    parts = folder.relative_to(around).parts
    if not parts or not all(part.isidentifier() for part in parts):
        return False
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    if any(node.level for node in imports):
        return True
    names = [node.module or "" for node in imports]
    names += [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    own = {each.stem for each in folder.glob("*.py")}
    return not any(name.split(".")[0] in own for name in names)


def _replaced(path: Path, text: str) -> dict[Path, bytes]:
    try:
        same = path.read_bytes() == text.encode()
    except (OSError, UnicodeEncodeError):
        same = False
    return {} if same else {path: text.encode("utf-8", "replace")}

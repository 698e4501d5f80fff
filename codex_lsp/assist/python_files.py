"""The Python files of a project that may be read, those near a file first."""

from collections.abc import Iterator
from pathlib import Path

from codex_lsp.context.workspace_files import WorkspaceFiles

_KINDS = (".py", ".pyi")


def python_files(root: Path, near: Path) -> Iterator[Path]:
    """Those that are neither secret nor ignored.

    Args:
        root: Of the project, real.
        near: A file in it.
    """
    files = WorkspaceFiles(root)
    return (path for path in files.walk(near) if path.suffix in _KINDS and not files.is_ignored(path))

"""What of a project no code that is run for it may read: keys, passwords, and the repository's own files."""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from codex_lsp.context.exclusion import is_secret
from codex_lsp.context.folder_entries import entries_of

MAX_ENTRIES = 50_000
"""Names that one walk looks at; folders that it does not come to are masked whole."""
_REPOSITORIES = frozenset({".git", ".hg", ".svn"})
_OTHERS = frozenset({"node_modules", "site-packages", "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache"})
_VIRTUAL_ENVIRONMENT = "pyvenv.cfg"


def secret_files(root: Path) -> tuple[Path, ...]:
    """Files and folders under a root to be masked, nearest first; links are not followed.

    Installed packages are not looked through: the certificates among them are nobody's secret.
    """
    return tuple(_secrets(root))


def _secrets(root: Path) -> Iterator[Path]:
    folders = deque([root])
    left = MAX_ENTRIES
    while folders:
        folder = folders.popleft()
        if left <= 0:
            yield folder
            continue
        entries = entries_of(folder)
        left -= len(entries)
        if folder != root and any(entry.name == _VIRTUAL_ENVIRONMENT for entry in entries):
            continue
        for entry in entries:
            path = folder / entry.name
            if _is_masked(entry, path):
                yield path
            elif entry.is_dir(follow_symlinks=False) and entry.name not in _OTHERS:
                folders.append(path)


def _is_masked(entry: os.DirEntry[str], path: Path) -> bool:
    if entry.is_dir(follow_symlinks=False):
        return entry.name in _REPOSITORIES or is_secret(f"{entry.name}/any")
    return is_secret(str(path) if entry.is_symlink() else entry.name)

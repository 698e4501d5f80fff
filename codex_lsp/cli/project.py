"""The project of a file that a command names: naming it is the consent to draw on its other files."""

import os
import time
from pathlib import Path

from codex_lsp.config import Settings
from codex_lsp.context.exclusion import excluding
from codex_lsp.context.neighbours import Neighbours
from codex_lsp.context.source_index import SourceIndex
from codex_lsp.context.workspace_files import index_of

PATIENCE_S = 3.0
"""How long files are read for; those nearest the named one come first."""
_MARKS = (".git", ".hg", "pyproject.toml", "package.json", "go.mod", "Cargo.toml")


def neighbours_of(file: Path, settings: Settings) -> Neighbours:
    """What the other files of a file's project say to a place in it; they are read when a model first asks."""
    index, is_excluded = SourceIndex(), excluding(settings.exclude)

    def fill() -> None:
        deadline = time.monotonic() + PATIENCE_S
        index_of(
            project_of(file),
            near=file,
            index=index,
            is_late=lambda: time.monotonic() > deadline,
            is_excluded=is_excluded,
        )

    return Neighbours(index, settings.context, is_excluded=is_excluded, on_first_use=fill)


def draws_on_files(settings: Settings) -> bool:
    """Whether other files may be read: for pieces in the prompt, or to be remembered."""
    return settings.context.snippets != "never" or settings.completion.memory


def project_of(file: Path) -> Path:
    """The nearest folder above a file that is a repository or a package, else the working folder, else its own."""
    whole = Path(os.path.abspath(file))  # noqa: PTH100 - links stay as they are named
    for folder in whole.parents:
        if any((folder / mark).exists() for mark in _MARKS):
            return folder
    working = Path.cwd()
    return working if whole.is_relative_to(working) else whole.parent

"""Which files of a workspace are not its source: what git ignores there, and folders of others' code.

Git's rules are read as they stand: one file in each folder, the deepest that says something decides, and what lies in
an ignored folder is ignored (gitignore(5)). A person's own global rules are not read.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

from codex_lsp.context.regular_file import exists, regular_bytes

logger = logging.getLogger(__name__)

RULES_NAME = ".gitignore"
_MAX_RULES_BYTES = 200_000
_SKIPPED_FOLDERS = frozenset(
    {"node_modules", "bower_components", "site-packages", "__pycache__", "venv", "dist", "build", "target", "vendor"}
)
_VIRTUAL_ENVIRONMENT = "pyvenv.cfg"
_MAX_FOLDERS_ABOVE = 30


class IgnoreRules:
    """The rules that hold below one folder. Rules are read when first needed, and kept."""

    def __init__(self, root: Path) -> None:
        """Hold for `root`, an absolute path, and for the git repository that it is part of."""
        self._top = _repository_of(root)
        self._specs: dict[Path, GitIgnoreSpec | None] = {}
        self._folders: dict[Path, bool] = {}
        if self.is_ignored_folder(root):
            # Whoever opens a folder means it, whatever the repository around it says.
            self._top, self._folders = root, {}

    def is_ignored(self, path: Path) -> bool:
        """Whether a file below the root is left out: by itself, or because of a folder that it is in."""
        return self.is_ignored_folder(path.parent) or self._is_told(path, is_folder=False)

    def is_ignored_folder(self, folder: Path) -> bool:
        """Whether nothing in a folder, or in one above it, is source."""
        if folder == self._top or not folder.is_relative_to(self._top):
            return False
        known = self._folders.get(folder)
        if known is None:
            known = self.is_ignored_folder(folder.parent) or self._is_skipped(folder)
            self._folders[folder] = known
        return known

    def _is_skipped(self, folder: Path) -> bool:
        hidden = folder.name.startswith(".") or folder.name in _SKIPPED_FOLDERS
        return hidden or exists(folder / _VIRTUAL_ENVIRONMENT) or self._is_told(folder, is_folder=True)

    def _is_told(self, path: Path, *, is_folder: bool) -> bool:
        """What the nearest rules that speak of a path say."""
        folder = path.parent
        while folder.is_relative_to(self._top):
            spec = self._spec(folder)
            if spec is not None:
                name = path.relative_to(folder).as_posix()
                said = spec.check_file(f"{name}/" if is_folder else name).include
                if said is not None:
                    return said
            if folder == self._top:
                break
            folder = folder.parent
        return False

    def _spec(self, folder: Path) -> "GitIgnoreSpec | None":
        if folder not in self._specs:
            lines = _lines(folder / RULES_NAME)
            if folder == self._top:
                lines = [*_lines(folder / ".git" / "info" / "exclude"), *lines]
            self._specs[folder] = _spec_of(lines, folder) if lines else None
        return self._specs[folder]


def _repository_of(root: Path) -> Path:
    """The folder with `.git` that holds `root`, or `root` itself."""
    for folder in (root, *list(root.parents)[:_MAX_FOLDERS_ABOVE]):
        if exists(folder / ".git"):
            return folder
    return root


def _lines(path: Path) -> list[str]:
    data = regular_bytes(path, max_bytes=_MAX_RULES_BYTES)
    return [] if data is None else data[:_MAX_RULES_BYTES].decode("utf-8", "replace").splitlines()


def _spec_of(lines: list[str], folder: Path) -> "GitIgnoreSpec | None":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - no rules are read before a workspace is, and starting is timed

    rules: list[str] = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError as error:
            # As git does: a rule that is none is passed over.
            logger.info("%s: a rule of %s is not understood: %s", folder, RULES_NAME, error)
        else:
            rules.append(line)
    return GitIgnoreSpec.from_lines(rules) if rules else None

"""The source files under a folder, and their texts: what may become another file's context.

Nothing is followed out of the folder: symbolic links are passed over, so that neither a loop nor a link to a key ever
matters. What is secret, ignored, binary, minified or huge is not read, or read and thrown away.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from codex_lsp.context.cursor import plain_newlines
from codex_lsp.context.exclusion import is_secret
from codex_lsp.context.folder_entries import entries_of
from codex_lsp.context.ignore_rules import IgnoreRules
from codex_lsp.context.language import is_code, language_of
from codex_lsp.context.regular_file import is_no_link, regular_bytes
from codex_lsp.context.source_index import ReadFile, SourceIndex, read_file

MAX_FILE_BYTES = 400_000
MAX_LINES = 20_000
MAX_MEAN_LINE = 160
"""Characters a line on average: longer ones are minified or data."""
MAX_ENTRIES = 300_000
"""Names that one walk looks at."""


class WorkspaceFiles:
    """What is source under one folder."""

    def __init__(self, root: Path, *, is_excluded: Callable[[str], bool] = is_secret) -> None:
        """Look under `root`; `is_excluded` tells by a path, in it and absolute, what no model is ever shown."""
        self.root = Path(os.path.realpath(root))
        self._named = Path(os.path.abspath(root))  # noqa: PTH100 - links in it stay: editors name files by it
        self._is_excluded = is_excluded
        self._rules = IgnoreRules(self.root)

    def walk(self, near: Path | None = None) -> Iterator[Path]:
        """Every source file, those beside `near` and below it first. Folders that vanish meanwhile are passed over."""
        start = self._inside(near.parent) if near is not None else None
        done: set[Path] = set()
        left = MAX_ENTRIES
        folder = start or self.root
        while folder.is_relative_to(self.root):
            for path in self._under(folder, done):
                left -= 1
                if left < 0:
                    return
                if self._is_source(path):
                    yield path
            done.add(folder)
            folder = folder.parent

    def read(self, path: Path) -> ReadFile | None:
        """A file as the index takes it; None for what is none, or no longer there."""
        inside = self._inside(path)
        if inside is None or not self._is_source(inside) or self._rules.is_ignored(inside):
            return None
        text = _text(inside) if is_no_link(inside) else None
        if text is None:
            return None
        shown = inside.relative_to(self.root)
        key = (self._named / shown).as_posix()
        return read_file(text, key=key, path=shown.as_posix(), language=language_of(inside.name))

    def _inside(self, path: Path) -> Path | None:
        """A path under the root as the root itself is spelled, or None for one outside."""
        whole = Path(os.path.abspath(path))  # noqa: PTH100 - not resolved: links in it are found out by `read`
        if whole.is_relative_to(self.root):
            return whole
        return self.root / whole.relative_to(self._named) if whole.is_relative_to(self._named) else None

    def is_ignored(self, path: Path) -> bool:
        """Whether the workspace's rules leave a file out; False for one outside."""
        inside = self._inside(path)
        return inside is not None and self._rules.is_ignored(inside)

    def _is_source(self, path: Path) -> bool:
        shown = path.relative_to(self.root)
        if not is_source(shown.as_posix(), language_of(path.name), is_excluded=self._is_excluded):
            return False
        # A glob may name folders above the root.
        return not self._is_excluded((self._named / shown).as_posix())

    def _under(self, top: Path, done: set[Path]) -> Iterator[Path]:
        """The files under a folder, folder by folder, without those folders that are done or ignored."""
        folders = deque([top])
        while folders:
            folder = folders.popleft()
            if folder in done or (folder != self.root and self._rules.is_ignored_folder(folder)):
                continue
            for entry in entries_of(folder):
                path = folder / entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    yield path


def index_of(
    root: Path,
    *,
    near: Path | None = None,
    index: SourceIndex | None = None,
    is_late: Callable[[], bool] = bool,
    is_excluded: Callable[[str], bool] = is_secret,
) -> SourceIndex:
    """An index of the source files under a folder, made at once.

    Args:
        root: The folder.
        near: A file whose surroundings come first.
        index: What they are put into; None for a new one.
        is_late: Asked before each file: whether to stop with what there is.
        is_excluded: As of `WorkspaceFiles`.
    """
    files, index = WorkspaceFiles(root, is_excluded=is_excluded), SourceIndex() if index is None else index
    for path in files.walk(near):
        if index.is_full or is_late():
            break
        read = files.read(path)
        if read is not None:
            index.add(read)
    return index


def _text(path: Path) -> str | None:
    """The text of an ordinary file of ordinary source; None for anything else, whatever happens to it meanwhile."""
    data = regular_bytes(path, max_bytes=MAX_FILE_BYTES)
    if data is None or len(data) > MAX_FILE_BYTES or b"\0" in data:
        return None
    try:
        text = data.decode("utf-8-sig")
    except ValueError:
        return None
    return plain_newlines(text) if is_readable(text) else None


def is_source(path: str, language: str, *, is_excluded: Callable[[str], bool] = is_secret) -> bool:
    """Whether a file of that path and language may become another file's context."""
    return is_code(language) and not is_excluded(path)


def is_readable(text: str) -> bool:
    """Whether a text is what a person writes: neither blank, nor minified, nor endless."""
    if len(text) > MAX_FILE_BYTES:
        return False
    lines = text.count("\n") + 1
    return bool(text.strip()) and lines <= MAX_LINES and len(text) <= MAX_MEAN_LINE * lines + MAX_MEAN_LINE

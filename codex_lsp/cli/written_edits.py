"""Makes the edits of an assist in the files on disk: all of them, or none where a file is not as it was."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from codex_lsp.assist.result import FileEdit
from codex_lsp.context.regular_file import exists
from codex_lsp.errors import AssistRefused

_BOM = b"\xef\xbb\xbf"


def write_edits(edits: Sequence[FileEdit]) -> tuple[Path, ...]:
    """Write every file with its edits made; line ends, byte order mark and mode stay as they are.

    Each file is replaced as a whole, so that nobody reads half of one.

    Returns:
        The files that were written.

    Raises:
        AssistRefused: A file has changed since the edits were made for it, is there though it was to be created, or
            cannot be written. Nothing was written, unless the disk failed half-way.
    """
    named = [(_target(edit), edit) for edit in edits]
    contents = [(path, _content(path, edit)) for path, edit in named]
    for path, content in contents:
        _replace(path, content)
    return tuple(path for path, _ in contents)


def _target(edit: FileEdit) -> Path:
    if edit.path is None:
        raise AssistRefused(f"{edit.label}: the document was never saved; save it to a file first")
    if edit.before is None and exists(edit.path):
        # Nor through a link that leads nowhere yet: it may lead out of the project.
        raise AssistRefused(f"{edit.path}: is there already; run the command again")
    # A link stays a link: what it leads to is written.
    return edit.path.resolve()


def _content(path: Path, edit: FileEdit) -> bytes:
    """What the file is to hold, once it is certain that it holds what the edits were made for."""
    after = edit.after.encode("utf-8", "surrogatepass")
    if edit.before is None:
        return after
    try:
        now = path.read_bytes()
    except OSError as error:
        raise AssistRefused(f"{path}: cannot be read ({error.strerror}); nothing was written") from error
    mark = _BOM if now.startswith(_BOM) else b""
    if now != mark + edit.before.encode("utf-8", "surrogatepass"):
        raise AssistRefused(f"{path}: has changed meanwhile; run the command again")
    return mark + after


def _replace(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise AssistRefused(f"{path}: cannot be written ({error.strerror}); make its folder writable") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_mask())
        Path(name).replace(path)
    except OSError as error:
        with suppress(OSError):
            Path(name).unlink()
        raise AssistRefused(f"{path}: cannot be written ({error.strerror}); nothing of it was changed") from error


def _mask() -> int:
    """The process's own umask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

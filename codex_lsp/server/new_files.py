"""Files that a person has agreed to, written here where their client creates none."""

import os
from collections.abc import Iterable
from pathlib import Path

from codex_lsp.assist.result import FileEdit
from codex_lsp.errors import AssistRefused


def write_new(edits: Iterable[FileEdit]) -> list[Path]:
    """Write files, and the folders that they are in; never over anything that is there. Gives their paths.

    Raises:
        AssistRefused: One of that name is there by now, or cannot be written; those before it are removed again.
    """
    written: list[Path] = []
    try:
        for edit in edits:
            if edit.path is not None:
                _write(edit.path, edit.after)
                written.append(edit.path)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        name = Path(error.filename or "").name
        raise AssistRefused(f"`{name}` cannot be written ({error.strerror}), so that nothing was changed") from error
    return written


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Neither through a link nor over a file, whoever has put it there meanwhile.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "w", encoding="utf-8") as file:
        file.write(text)

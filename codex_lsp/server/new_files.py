"""Files that a person has agreed to, written here where their client creates none."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

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
                file = _created(edit.path)
                written.append(edit.path)
                with file:
                    # As it was run: what no file can hold is replaced.
                    file.write(edit.after.encode("utf-8", "replace"))
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        name = Path(error.filename or "").name
        raise AssistRefused(f"`{name}` cannot be written ({error.strerror}), so that nothing was changed") from error
    return written


def _created(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Neither through a link nor over a file, whoever has put it there meanwhile.
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb")

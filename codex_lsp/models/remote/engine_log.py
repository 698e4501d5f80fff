"""Where an engine that nobody watches writes what it has to say."""

import os
from pathlib import Path
from typing import BinaryIO

import platformdirs

LOG_NAME = "engine.log"
MAX_LOG_BYTES = 1024 * 1024


class EngineLog:
    """The log in the person's log folder, or in another one where that cannot be written.

    Attributes:
        path: Of the file.
    """

    def __init__(self, fallback: Path) -> None:
        """Find its place, and remember where it ends now.

        Raises:
            OSError: It cannot be written in either folder.
        """
        folder = Path(platformdirs.user_log_dir("codex-lsp", appauthor=False))
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path = folder / LOG_NAME
            self._start = self._end()
        except OSError:
            self.path = fallback / LOG_NAME
            self._start = self._end()

    def opened(self) -> BinaryIO:
        """The file, to be appended to."""
        return os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def last_line(self) -> str | None:
        """The last line that was written since this was made; None where there is none."""
        try:
            with self.path.open("rb") as log_file:
                log_file.seek(self._start)
                lines = log_file.read().decode("utf-8", errors="replace").split("\n")
        except OSError:  # somebody removed it; there is nothing to tell then
            return None
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else None

    def _end(self) -> int:
        if self.path.exists() and self.path.stat().st_size > MAX_LOG_BYTES:
            self.path.unlink()
        with self.opened() as log_file:
            return log_file.tell()

"""A file that grows by whole lines of JSON, so that a kill or a full disk costs the line that was being written."""

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from codex_lsp.errors import CodexLspError, UsageError

_BLOCK_BYTES = 1 << 16


class AppendedLines:
    """Appends under `with`; a torn last line, as a kill leaves one, is dropped when the file is opened."""

    def __init__(self, path: Path) -> None:
        """Name the file; it need not be there."""
        self._path = path

    def __enter__(self) -> "AppendedLines":
        """Open it.

        Raises:
            UsageError: Another process appends to it.
            CodexLspError: It cannot be written.
        """
        try:
            self._file = self._path.open("ab", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._size = _whole_lines(self._path)
            self._file.truncate(self._size)
        except BlockingIOError as error:
            self._file.close()
            raise UsageError(
                f"{self._path}: another run is writing it; wait for that, or name another --out"
            ) from error
        except OSError as error:
            raise self._failed(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._file.close()

    def write(self, value: Mapping[str, Any]) -> None:
        """Append one line; when this returns, a kill of this process no longer loses it.

        Raises:
            CodexLspError: It cannot be written; what stood there before stands.
        """
        data = memoryview(json.dumps(dict(value)).encode("ascii") + b"\n")
        try:
            written = 0
            while written < len(data):
                written += self._file.write(data[written:]) or 0
        except OSError as error:
            self._file.truncate(self._size)
            raise self._failed(error) from error
        self._size += len(data)

    def _failed(self, error: OSError) -> CodexLspError:
        return CodexLspError(
            f"{self._path}: cannot be written ({error.strerror}); make room there, and the same command goes on"
        )


def _whole_lines(path: Path) -> int:
    """Bytes up to the last line end of a file."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        while end > 0:
            start = max(0, end - _BLOCK_BYTES)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0

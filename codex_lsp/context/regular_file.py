"""Reads a file only where it is one: what a workspace holds under a name may be a pipe, a device or a link."""

import os
import stat
from pathlib import Path


def regular_bytes(path: Path, *, max_bytes: int) -> bytes | None:
    """What an ordinary file begins with; None for anything else, whatever happens to it meanwhile.

    A link in the file's place is not followed, and a pipe does not wait for a writer.

    Args:
        path: Of the file.
        max_bytes: No more is read; one byte more tells that there was more.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            return file.read(max_bytes + 1) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
    except (OSError, ValueError):
        # ValueError: a name that no file can have.
        return None


def exists(path: Path) -> bool:
    """Whether something has that name, as far as it may be known; `Path.exists` raises where a folder is closed."""
    return os.path.exists(path)  # noqa: PTH110 - for what the docstring says


def is_folder(path: Path) -> bool:
    """Whether a folder has that name, as far as it may be known."""
    return os.path.isdir(path)  # noqa: PTH112 - as in `exists`


def is_file(path: Path) -> bool:
    """Whether a file has that name; `Path.is_file` raises for a name that is too long."""
    return os.path.isfile(path)  # noqa: PTH113 - as in `exists`


def is_no_link(path: Path) -> bool:
    """Whether a path leads through no symbolic link; False for a name that no file can have."""
    try:
        return os.path.realpath(path) == str(path)
    except (OSError, ValueError):
        return False

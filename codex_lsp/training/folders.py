"""Folders that are whole or absent, and that one command at a time writes.

Each is written beside its place and moved there when all of it stands; what was there before goes last.
"""

import errno
import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from codex_lsp.errors import TrainingError


@contextmanager
def written_beside(out: Path) -> Generator[Path]:
    """An empty folder that takes the place of `out` at the end; where the block fails, `out` stays as it was.

    Raises:
        OSError: A folder cannot be made or moved.
        TrainingError: Another command is writing `out`.
    """
    with partial_beside(out) as partial:
        yield partial
        put_in_place(partial, out)


@contextmanager
def partial_beside(out: Path) -> Generator[Path]:
    """An empty folder beside `out` for this command alone, which goes unless the block has put it in its place.

    Raises:
        OSError: The folder cannot be made.
        TrainingError: Another command is writing `out`.
    """
    place = out.resolve()
    if place.is_mount():
        raise OSError(errno.EBUSY, "a mount point cannot be replaced", str(out))
    partial, old = beside(place, "partial"), beside(place, "old")
    partial.mkdir(parents=True, exist_ok=True)
    with held(partial, out):
        empty(partial)
        _put_back(place, old)
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            _put_back(place, old)


def put_in_place(partial: Path, out: Path) -> None:
    """Make `partial` the folder `out`; what was there goes when the new one stands."""
    place = out.resolve()
    old = beside(place, "old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    partial.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def on_disk(path: Path) -> None:
    """Wait until a file, or the list of what a folder holds, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def beside(out: Path, what: str) -> Path:
    """A hidden neighbour of `out`, so that nothing that a person named is taken for it."""
    return out.with_name(f".{out.name}.{what}")


def empty(folder: Path) -> None:
    """Remove all that is in a folder; the folder itself, which may be held, stays."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _put_back(place: Path, old: Path) -> None:
    """What was moved aside comes back where a kill or an error left its place empty."""
    if old.exists() and not place.exists():
        old.rename(place)


@contextmanager
def held(folder: Path, out: Path) -> Generator[None]:
    """Keep other commands out of `folder` until the block, or this process, ends; no file is left behind.

    Args:
        folder: Any folder that stands.
        out: What the person calls it.

    Raises:
        TrainingError: Another process holds it.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl  # The one place that needs Unix.

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrainingError(
                f"{out}: another command is writing there; wait for its end, or name another place"
            ) from error
        except OSError:
            # A file system without locks: then two commands are a person's own care.
            pass
        yield
    finally:
        os.close(descriptor)

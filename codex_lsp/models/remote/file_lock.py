"""Locks on files, which the system lets go when their holder ends, however it ends (Unix only)."""

import asyncio
import fcntl
import os
from pathlib import Path

POLL_S = 0.02


class FileLock:
    """A lock that is held until `release`, or the end of this process."""

    def __init__(self, descriptor: int) -> None:
        """Take over an open file on which the lock is."""
        self._descriptor = descriptor

    def release(self) -> None:
        """Let it go; harmless a second time."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def alone(path: Path) -> FileLock:
    """Wait until nobody else holds a lock on `path`, in this thread, and hold it.

    Raises:
        OSError: The file cannot be made.
    """
    descriptor = _opened(path)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return FileLock(descriptor)


async def locked(path: Path, *, shared: bool) -> FileLock:
    """Wait for a lock on `path`, and hold it; many may share it, or one have it alone.

    Raises:
        OSError: The file cannot be made.
    """
    descriptor = _opened(path)
    wanted = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        while not _taken(descriptor, wanted):  # noqa: ASYNC110 - other processes send no event
            await asyncio.sleep(POLL_S)
    except BaseException:
        os.close(descriptor)
        raise
    return FileLock(descriptor)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _taken(descriptor: int, wanted: int) -> bool:
    try:
        fcntl.flock(descriptor, wanted | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

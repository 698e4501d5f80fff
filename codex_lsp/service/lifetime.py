"""When an engine that nobody watches has lived long enough: without users, or without work."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from codex_lsp.models.remote.file_lock import FileLock, alone

logger = logging.getLogger(__name__)

# Asking how it is, is no work.
NO_WORK = frozenset({"/health"})


class Work:
    """Serves an application, and knows for how long nothing has been asked of it."""

    def __init__(self, app: ASGIApp, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Serve `app`; `clock` tells seconds."""
        self._app = app
        self._clock = clock
        self._busy = 0
        self._last_s = clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in NO_WORK:
            await self._app(scope, receive, send)
            return
        self._busy += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._busy -= 1
            self._last_s = self._clock()

    def idle_s(self) -> float:
        """Seconds since the end of the last request; 0 while there is one."""
        return 0.0 if self._busy else self._clock() - self._last_s

    def note(self) -> None:
        """Count from now."""
        self._last_s = self._clock()

    async def until_idle(self, limit_s: float) -> None:
        """Wait until nothing has been asked for so long."""
        while (left_s := limit_s - self.idle_s()) > 0:  # noqa: ASYNC110 - as a rule it waits once
            await asyncio.sleep(left_s)


def until_unused(users: Path) -> FileLock | None:
    """Wait, in this thread, until no other process holds a lock on `users`; then nobody else gets one.

    Returns:
        The lock, to be kept to the end of this process; None where it cannot be known.
    """
    try:
        return alone(users)
    except OSError as error:
        logger.warning("%s: cannot be locked (%s); the engine ends only when it is told to", users, error.strerror)
        return None

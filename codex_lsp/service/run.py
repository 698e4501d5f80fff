"""Runs the application until it is told to end, and then surely ends."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from codex_lsp.service.disconnect import EndedWithEngine
from codex_lsp.service.listener import Listener
from codex_lsp.service.loading import LoadingModel

logger = logging.getLogger(__name__)

# Requests in flight may end; after that they are cancelled, and after the last limit the process ends as it is.
GRACE_S = 1
LAST_LIMIT_S = 5.0
KEEP_ALIVE_S = 60


def serve(app: ASGIApp, model: LoadingModel, listener: Listener, *, exit_with_parent: bool) -> None:
    """Serve until SIGTERM, SIGINT or, if asked, until standard input closes; the model is closed then."""
    config = uvicorn.Config(
        EndedWithEngine(app),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        server_header=False,
        ws="none",
        loop="asyncio",
    )
    asyncio.run(_serve(_Server(config), model, listener, exit_with_parent=exit_with_parent))


class _Server(uvicorn.Server):
    """Leaves signals alone: the framework would raise them again and so turn a clean end into a death by signal."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def _serve(server: _Server, model: LoadingModel, listener: Listener, *, exit_with_parent: bool) -> None:
    loop = asyncio.get_running_loop()

    def end(reason: str) -> None:
        logger.info("ending: %s", reason)
        server.should_exit = True
        _daemon("last-limit", _end_as_it_is)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, end, name.name)
    if exit_with_parent:
        _daemon("parent-watch", lambda: _watch_parent(lambda: loop.call_soon_threadsafe(end, "the parent is gone")))
    model.start()
    await server.serve(sockets=[listener.socket])
    await model.close()


def _watch_parent(gone: Callable[[], object]) -> None:
    """Wait for the end of standard input: the other end is held by the parent alone, and closes however it ends."""
    try:
        while os.read(0, 1024):
            pass
    except OSError as error:
        logger.info("standard input cannot be read (%s)", error)
    gone()
    # From here, not from the event loop: that may be what is stuck.
    _end_as_it_is()


def _end_as_it_is() -> None:
    """A thread inside a long computation must not keep the process alive."""
    time.sleep(LAST_LIMIT_S)
    logger.error("still busy after %g s; ending as it is", LAST_LIMIT_S)
    os._exit(1)


def _daemon(name: str, target: Callable[[], object]) -> None:
    threading.Thread(target=target, name=name, daemon=True).start()

"""Runs the application until it is told to end, and then surely ends."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from codex_lsp.models.protocol import HealthState
from codex_lsp.service.disconnect import EndedWithEngine
from codex_lsp.service.lifetime import Work, until_unused
from codex_lsp.service.listener import BACKLOG, Listener
from codex_lsp.service.loading import LoadingModel

logger = logging.getLogger(__name__)

# Requests in flight may end; after that they are cancelled, and after the last limit the process ends as it is.
GRACE_S = 1
LAST_LIMIT_S = 5.0
KEEP_ALIVE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """When an engine ends by itself.

    Attributes:
        users: The file on which its users hold locks; it ends when none does.
        idle_s: It ends when nothing was asked for so long; 0 for never.
    """

    users: Path
    idle_s: float


def serve(app: ASGIApp, model: LoadingModel, listener: Listener, lifetime: Lifetime | None = None) -> None:
    """Serve until SIGTERM, SIGINT or the end of its `lifetime`; the model is closed then."""
    work = Work(app)
    config = uvicorn.Config(
        EndedWithEngine(work),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        backlog=BACKLOG,
        server_header=False,
        ws="none",
        loop="asyncio",
    )
    asyncio.run(_serve(_Server(config), model, listener, work, lifetime))


class _Server(uvicorn.Server):
    """Leaves signals alone: the framework would raise them again and so turn a clean end into a death by signal."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def _serve(
    server: _Server, model: LoadingModel, listener: Listener, work: Work, lifetime: Lifetime | None
) -> None:
    loop = asyncio.get_running_loop()

    def end(reason: str) -> None:
        logger.info("ending: %s", reason)
        server.should_exit = True
        _daemon("last-limit", _end_as_it_is)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, end, name.name)
    if lifetime is not None:
        reason = "nobody uses it any more"
        _daemon("users-watch", lambda: _watch_users(lifetime.users, lambda: loop.call_soon_threadsafe(end, reason)))
    idle = asyncio.create_task(_watch_work(work, model, lifetime, end))
    model.start()
    await server.serve(sockets=[listener.socket])
    idle.cancel()
    await model.close()


async def _watch_work(work: Work, model: LoadingModel, lifetime: Lifetime | None, end: Callable[[str], None]) -> None:
    if lifetime is not None and lifetime.idle_s > 0:
        loading = True
        while loading:
            # Whoever waits for a model that loads asks for nothing but how it is, and asks something only then.
            loading = (await model.health()).state is HealthState.LOADING
            work.note()
            await work.until_idle(lifetime.idle_s)
        end(f"nothing was asked for {lifetime.idle_s:g} s")


def _watch_users(users: Path, gone: Callable[[], object]) -> None:
    lock = until_unused(users)
    if lock is not None:
        gone()
        # From here, not from the event loop: that may be what is stuck. The lock is held to the end.
        _end_as_it_is()


def _end_as_it_is() -> None:
    """A thread inside a long computation must not keep the process alive."""
    time.sleep(LAST_LIMIT_S)
    logger.error("still busy after %g s; ending as it is", LAST_LIMIT_S)
    os._exit(1)


def _daemon(name: str, target: Callable[[], object]) -> None:
    threading.Thread(target=target, name=name, daemon=True).start()

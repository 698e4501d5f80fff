"""Serves an application on a real Unix socket or port, in the test's own event loop."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[Path]]
ServeTcp = Callable[[ASGIApp], AbstractAsyncContextManager[str]]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A private folder whose path is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="clsp-") as name:
        yield Path(name)


@pytest.fixture
def serve(short_folder: Path) -> Serve:
    """An application under `async with`, reachable at the Unix socket that this gives."""

    @asynccontextmanager
    async def serving(app: ASGIApp) -> AsyncGenerator[Path, None]:
        path = short_folder / "app.sock"
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        async with _running(app, listener):
            yield path

    return serving


@pytest.fixture
def serve_tcp() -> ServeTcp:
    """An application under `async with`, reachable at the address that this gives."""

    @asynccontextmanager
    async def serving(app: ASGIApp) -> AsyncGenerator[str, None]:
        listener = socket.create_server(("127.0.0.1", 0))
        async with _running(app, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"

    return serving


class _Server(uvicorn.Server):
    """Leaves the signal handlers of the test process alone, and is told when to end instead of looking."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.leaving = asyncio.Event()

    async def main_loop(self) -> None:
        await self.leaving.wait()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def _running(app: ASGIApp, listener: socket.socket) -> AsyncGenerator[None, None]:
    listener.listen()
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.leaving.set()
        await running

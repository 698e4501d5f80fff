"""A real event loop in a thread of its own, for a model whose answers are awaited while virtual time stands still."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class BackgroundLoop:
    """Runs coroutines one at a time for a thread that blocks until each is done."""

    def __init__(self) -> None:
        """Prepare; the thread runs under `with`."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="codex-lsp-evaluation", daemon=True)

    def __enter__(self) -> "BackgroundLoop":
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread and what was left in its loop."""
        self.wait(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, or its error; the calling thread does nothing meanwhile."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

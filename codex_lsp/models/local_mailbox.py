"""What the thread of a model leaves for a task of an event loop, as it comes."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from codex_lsp.errors import CodexLspError, ModelUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")
MAX_WAITING = 4096
"""Parts that may wait for a reader; a reader that is so far behind has stopped, and memory must not fill for it."""
Cancelled = Callable[[], bool]
Produce = Callable[[Cancelled], Iterator[Sequence[T]]]
"""Does some work step by step, giving what each step adds; polls what it is given, and ends when that says true."""
# How memory that is short is told: Python, torch on a CPU (a `RuntimeError`), torch on a device.
_SHORT_OF_MEMORY = ("MemoryError", "OutOfMemoryError")
_SHORT_OF_MEMORY_WORDS = "can't allocate memory"


class Mailbox(Generic[T]):
    """Where parts wait, each what a step gave; made in the event loop that reads them."""

    def __init__(self, *, failed: Callable[[], None]) -> None:
        """Begin empty; `failed` is called in the model's thread after a failure that nobody foresaw."""
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Sequence[T] | _End] = asyncio.Queue()
        self._failed = failed
        # Each is counted by one thread; what was posted and has not reached the queue yet waits too.
        self._posted = self._taken = 0

    async def parts(self) -> AsyncGenerator[Sequence[T], None]:
        """All parts, none of them empty; raises what ended them."""
        while not isinstance(part := await self._queue.get(), _End):
            self._taken += 1
            yield part
        if part.error is not None:
            raise part.error

    def fill(self, produce: Produce[T], cancelled: Cancelled) -> Iterator[None]:
        """Post all that is produced, a step for each item of this, and how it ended."""
        error: Exception | None = None
        try:
            for items in produce(cancelled):
                if self._posted - self._taken >= MAX_WAITING:
                    message = f"{MAX_WAITING} parts of an answer wait and nobody reads them; ask again, and read on"
                    raise ModelUnavailable(message)
                if items:
                    self._posted += 1
                    self._post(items)
                yield
        except CodexLspError as known:
            error = known
        except Exception as unknown:
            # The model's thread serves the next request whatever happened to this one (memory, a broken kernel).
            logger.debug("a request failed in the model", exc_info=True)
            error = _unforeseen(unknown)
            logger.info("%s", error)
            self._failed()
        self.end(error)

    def end(self, error: Exception | None) -> None:
        """Say that nothing more comes, because of `error` if there is one."""
        self._post(_End(error=error))

    def _post(self, part: "Sequence[T] | _End") -> None:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, part)
        except RuntimeError:
            logger.debug("nobody waits any more: the event loop is closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """The last part."""

    error: Exception | None


def _unforeseen(error: Exception) -> ModelUnavailable:
    line = " ".join(str(error).split())[:200]
    if type(error).__name__ in _SHORT_OF_MEMORY or _SHORT_OF_MEMORY_WORDS in line:
        mend = "ask for fewer candidates or a shorter prompt, or choose a smaller model"
        return ModelUnavailable(f"out of memory on this request ({type(error).__name__}: {line}); {mend}")
    return ModelUnavailable(f"the model failed on this request ({type(error).__name__}: {line})")

"""An event loop whose clock moves only when nothing is left to do: waiting takes no time, and order never varies."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what is ready, then jumps to the next timer.

    Nothing from outside may be waited for in it. Work that would go to a thread is done on the spot and takes no time
    of this clock.
    """

    def __init__(self) -> None:
        """Begin at second 0."""
        self.now_s = 0.0
        super().__init__(_JumpingSelector(self._jump))

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self.now_s

    def run_in_executor(  # pyright: ignore[reportIncompatibleMethodOverride] - the base's types are a union of three
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        """Call `func` now: a real thread would end at a moment that this clock does not know."""
        del executor
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as of any executor, it belongs to whoever awaits
            done.set_exception(error)
        return done

    def _jump(self, delay_s: float) -> None:
        self.now_s += delay_s


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """What `asyncio.run` does, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


async def sleep_until(when_s: float) -> None:
    """Let the running loop's clock come to `when_s`; at least one turn of the loop passes."""
    await asyncio.sleep(max(when_s - asyncio.get_running_loop().time(), 0.0))


class _JumpingSelector(selectors.SelectSelector):
    """Never waits for a timer; without one it waits as any selector does, or nothing would ever happen again."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select(None)
        found = super().select(0)
        if not found and timeout > 0:
            self._jump(timeout)
        return found

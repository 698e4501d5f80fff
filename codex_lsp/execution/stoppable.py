"""A sandbox whose jobs can be ended at once: blocking work in a thread ends when whoever waits for it is cancelled."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.sandbox import Job, Sandbox, SandboxedProcess

T = TypeVar("T")


class StoppableSandbox:
    """A `Sandbox` that starts jobs in another one, until it is stopped; may be used from several threads."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Start jobs in `sandbox`."""
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._running: list[SandboxedProcess] = []
        self._stopped = False

    def start(self, job: Job) -> SandboxedProcess:
        """Start it.

        Raises:
            SandboxUnavailable: It was stopped, or the sandbox could not be made.
            ValueError: As `Sandbox.start`.
        """
        if self._stopped:
            raise _stopped()
        process = self._sandbox.start(job)
        with self._lock:
            self._running = [*(known for known in self._running if known.wait(0.0) is None), process]
            stopped = self._stopped
        if stopped:
            process.close()
            raise _stopped()
        return process

    def stop(self) -> None:
        """End every job that runs, and start none any more."""
        with self._lock:
            self._stopped = True
            running = tuple(self._running)
        for process in running:
            process.kill()


async def in_thread(sandbox: Sandbox, work: Callable[[Sandbox], T]) -> T:
    """Do blocking work with a sandbox in a thread; where the task is cancelled, all that was started in it is ended.

    Raises:
        SandboxUnavailable: A sandbox could not be made.
    """
    stoppable = StoppableSandbox(sandbox)
    running = asyncio.ensure_future(asyncio.to_thread(work, stoppable))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stoppable.stop()
        # With its jobs gone the work ends by itself, well or not.
        await asyncio.gather(running, return_exceptions=True)
        raise


def _stopped() -> SandboxUnavailable:
    return SandboxUnavailable("nothing is started any more: what asked for it was cancelled")

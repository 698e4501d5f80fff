"""Blocking work with a sandbox from a task that may be cancelled: then what runs is killed, and nothing new starts."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.sandbox import Job, Sandbox, SandboxedProcess

Result = TypeVar("Result")


class CancellableSandbox:
    """A sandbox whose processes can all be ended at once; may be used from several threads."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Start jobs in `sandbox`."""
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._running: list[SandboxedProcess] = []
        self._ended = False

    @property
    def sandbox(self) -> Sandbox:
        """The one that jobs are started in."""
        return self._sandbox

    def start(self, job: Job) -> SandboxedProcess:
        """As `Sandbox.start`.

        Raises:
            SandboxUnavailable: It was ended, or the sandbox could not be made.
            ValueError: As `Sandbox.start`.
        """
        process = self._sandbox.start(job)
        with self._lock:
            # Those that have ended say so at once.
            self._running = [each for each in self._running if each.wait(0) is None]
            self._running.append(process)
            ended = self._ended
        if ended:
            process.close()
            raise SandboxUnavailable("nothing more is run: the work was cancelled")
        return process

    def end(self) -> None:
        """Kill what runs, and start nothing more."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for process in running:
            process.kill()


async def in_sandbox(sandbox: Sandbox, work: Callable[[Sandbox], Result]) -> Result:
    """What blocking work gives that is done in a thread; where this task is cancelled, what it runs is killed."""
    cancellable = CancellableSandbox(sandbox)
    try:
        return await asyncio.to_thread(work, cancellable)
    finally:
        cancellable.end()

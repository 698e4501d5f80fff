"""Candidates' interpreters, started ahead: up, sandboxed and waiting when a candidate comes, and used by one."""

import contextlib
import socket
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, replace

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.channel import Channel, ChannelClosed, ChannelGarbled
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.python_job import CANDIDATE, python_job
from codex_lsp.execution.sandbox import Sandbox, SandboxedProcess

_START_S = 60.0
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One interpreter that waits for its candidate.

    Attributes:
        process: It, and all it starts.
        channel: The end here of the channel on which it is asked; does not block.
        limits: It was started with; their `wall_s` is nobody's.
    """

    process: SandboxedProcess
    channel: Channel
    limits: Limits


@dataclass(slots=True)
class _Request:
    """Somebody who waits for a worker with limits that none is ready with."""

    limits: Limits
    worker: Worker | None = None
    error: SandboxUnavailable | None = None


class WorkerPool:
    """Keeps workers ready with the limits that were asked for last; may be used from several threads."""

    def __init__(self, sandbox: Sandbox, ahead: int) -> None:
        """Start nothing before it is asked for.

        Args:
            sandbox: Where workers run.
            ahead: How many are kept ready, and started at a time.
        """
        self._sandbox = sandbox
        self._ahead = ahead
        self._ready: deque[Worker] = deque()
        self._requests: deque[_Request] = deque()
        self._used: deque[Worker] = deque()
        self._limits: Limits | None = None
        self._starting = 0
        self._closed = False
        self._changed = threading.Condition()
        # A sandbox lives no longer than the thread that started it: these stay until the end.
        self._threads = [threading.Thread(target=self._run, name="worker starter", daemon=True) for _ in range(ahead)]
        self._started = False

    def take(self, limits: Limits) -> Worker:
        """A worker that nobody has used; the caller gives it to `discard` in the end.

        Raises:
            SandboxUnavailable: It could not be started, or the pool is closed.
        """
        wanted = replace(limits, wall_s=0.0)
        with self._changed:
            self._start_threads()
            for worker in self._ready:
                if worker.limits == wanted:
                    self._ready.remove(worker)
                    self._changed.notify_all()
                    return worker
            request = _Request(wanted)
            self._requests.append(request)
            self._changed.notify_all()
            while request.worker is None and request.error is None and not self._closed:
                self._changed.wait()
        if request.worker is None:
            raise request.error or SandboxUnavailable("the grader was closed while a candidate waited for it")
        return request.worker

    def discard(self, worker: Worker) -> None:
        """End a worker and all it has started; returns at once."""
        worker.process.kill()
        worker.channel.close()
        with self._changed:
            self._used.append(worker)
            self._changed.notify_all()

    def close(self) -> None:
        """End every worker."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._started:
            for thread in self._threads:
                thread.join()
        for worker in (*self._ready, *self._used):
            _end(worker)
        self._ready.clear()
        self._used.clear()

    def _start_threads(self) -> None:
        if self._closed:
            raise SandboxUnavailable("the grader is closed")
        if not self._started:
            self._started = True
            for thread in self._threads:
                thread.start()

    def _run(self) -> None:
        """End what was used, and start what is missing, until closed."""
        while True:
            with self._changed:
                while not self._closed and not self._used and not self._requests and not self._too_few():
                    self._changed.wait()
                if self._closed:
                    return
                used = [self._used.popleft() for _ in range(len(self._used))]
                request = self._requests.popleft() if self._requests else None
                limits = request.limits if request else self._limits
                needed = request is not None or self._too_few()
                self._starting += needed
            if needed and limits is not None:
                self._start(limits, request)
            for worker in used:
                _end(worker)

    def _too_few(self) -> bool:
        return self._limits is not None and len(self._ready) + self._starting < self._ahead

    def _start(self, limits: Limits, request: _Request | None) -> None:
        worker, error = None, None
        for _ in range(_TRIES):  # a machine short of memory ends sandboxes before anything else
            try:
                worker, error = start_worker(self._sandbox, limits), None
                break
            except SandboxUnavailable as unavailable:
                error = unavailable
        with self._changed:
            self._starting -= 1
            # What failed is not tried again before somebody asks.
            self._limits = limits if worker else None
            self._used.extend(ready for ready in self._ready if ready.limits != limits)
            self._ready = deque(ready for ready in self._ready if ready.limits == limits)
            if request is not None:
                request.worker, request.error = worker, error
            elif worker is not None:
                self._ready.append(worker)
            self._changed.notify_all()


def start_worker(sandbox: Sandbox, limits: Limits) -> Worker:
    """Start one and wait until its interpreter is up; it lives no longer than this thread.

    Raises:
        SandboxUnavailable: It does not come up.
    """
    here, inside = socket.socketpair()
    with inside:
        here.setblocking(False)  # noqa: FBT003 - the library's own signature
        channel = Channel(here.detach())
        try:
            process = sandbox.start(python_job(CANDIDATE, limits, inside.fileno()))
        except BaseException:
            channel.close()
            raise
    try:
        channel.receive(time.monotonic() + _START_S)
    except (ChannelClosed, ChannelGarbled, TimeoutError):
        ended = process.wait(0.0)
        channel.close()
        process.close()
        raise SandboxUnavailable(f"Python does not start inside the sandbox ({sys.executable}): {ended}") from None
    return Worker(process=process, channel=channel, limits=limits)


def _end(worker: Worker) -> None:
    with contextlib.suppress(OSError):
        worker.channel.close()
        worker.process.close()

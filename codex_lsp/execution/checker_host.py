"""The checkers' server seen from outside: started on demand, handed tests and channels, started again if it ends."""

import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.channel import Channel, ChannelClosed
from codex_lsp.execution.encoding import encode
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.python_job import CHECKER, python_job
from codex_lsp.execution.sandbox import Sandbox, SandboxedProcess

_LIMITS = Limits(wall_s=0.0, cpu_s=1e6, memory_bytes=64 * 1024 * MIB, processes=1024)
"""Of the server and all its forks; each fork bounds its own time and memory."""


class CheckerHost:
    """Opens checkers; may be used from several threads."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Start nothing before it is asked for."""
        self._sandbox = sandbox
        self._process: SandboxedProcess | None = None
        self._control: socket.socket | None = None
        self._lock = threading.Lock()
        # The server lives no longer than the thread that started it, and callers come and go.
        self._keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checker keeper")

    def open(self, source: str, candidate: int) -> Channel:
        """A new checker for a test.

        Args:
            source: Defines `check`.
            candidate: Descriptor of the channel to a worker; stays the caller's to close.

        Returns:
            Its channel, which does not block: write what it is asked, read its verdict.

        Raises:
            SandboxUnavailable: Its sandbox could not be started.
            EncodingError: The source is too large to cross.
        """
        frame = encode(source)
        here, there = socket.socketpair()
        with there, self._lock:
            try:
                self._send(frame, [candidate, there.fileno()])
            except (OSError, ChannelClosed):  # it has ended since; a new one is given the same once
                self._stop()
                self._send(frame, [candidate, there.fileno()])
        here.setblocking(False)  # noqa: FBT003 - the library's own signature
        return Channel(here.detach())

    def close(self) -> None:
        """End the server and its forks."""
        with self._lock:
            self._stop()
        self._keeper.shutdown()

    def _send(self, frame: bytes, descriptors: list[int]) -> None:
        control = self._control or self._start()
        socket.send_fds(control, [b"\0"], descriptors)
        Channel(control.fileno()).send(frame)

    def _start(self) -> socket.socket:
        here, there = socket.socketpair()
        with there:
            try:
                job = python_job(CHECKER, _LIMITS, there.fileno())
                self._process = self._keeper.submit(self._sandbox.start, job).result()
            except RuntimeError as error:
                here.close()
                raise SandboxUnavailable("the grader is closed") from error
            except BaseException:
                here.close()
                raise
        self._control = here
        return here

    def _stop(self) -> None:
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.close()
            self._control = None
        if self._process is not None:
            self._process.close()
            self._process = None

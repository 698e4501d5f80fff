"""A running sandbox of bubblewrap, held from outside by descriptors of its processes, not by pids used again."""

import contextlib
import io
import json
import os
import select
import signal
import threading
import time
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.sandbox import Exit

_START_S = 30.0
_SIGNAL_BASE = 128


class BubblewrapProcess:
    """bubblewrap outside, and inside the first process of a namespace, with whose end everything in it ends."""

    def __init__(self, pid: int, *, status: int, streams: tuple[int, ...]) -> None:
        """Take over a started bubblewrap; the descriptors are closed here from now on.

        Args:
            pid: Of bubblewrap.
            status: It reports there as lines of JSON.
            streams: Its standard streams' ends here; empty where the job is quiet.
        """
        self._pid = pid
        self._handle = os.pidfd_open(pid)
        self._first: int | None = None
        self._status = status
        self._reports = b""
        self._exit: Exit | None = None
        self._killed = False
        self._memory_exceeded = False
        self._lock = threading.Lock()
        modes = ("wb", "rb", "rb")
        self._streams = [_stream(end, mode) for end, mode in zip(streams, modes, strict=False)] or [_closed()] * 3

    @property
    def pid(self) -> int:
        """Of bubblewrap."""
        return self._pid

    @property
    def stdin(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        return self._streams[0]

    @property
    def stdout(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        return self._streams[1]

    @property
    def stderr(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        return self._streams[2]

    def fileno(self) -> int:
        """Turns readable when bubblewrap ends, which it does when the program ends."""
        return self._handle

    @property
    def ended(self) -> bool:
        """Whether its processes are gone, waited for or not."""
        with self._lock:
            return self._exit is not None or self._first is None or _readable(self._first, 0)

    def started(self) -> int:
        """Wait until the sandbox is made and held; the pid of its first process, as seen here.

        Raises:
            SandboxUnavailable: bubblewrap ended before, or takes too long.
        """
        deadline = time.monotonic() + _START_S
        while b"\n" not in self._reports:
            if not _readable(self._status, deadline - time.monotonic()) or not self._read_report():
                raise SandboxUnavailable(
                    f"bubblewrap could not make a sandbox: {self._complaint() or 'it said nothing'}"
                )
        pid = int(json.loads(self._reports.splitlines()[0])["child-pid"])
        self._first = os.pidfd_open(pid)
        return pid

    def exceeds_memory(self) -> None:
        """Kill it for its memory."""
        self._memory_exceeded = True
        self.kill()

    def kill(self) -> None:
        """End every process of it at once; harmless where it has ended."""
        with self._lock:
            if self._exit is None:
                self._killed = True
                self._end()

    def wait(self, timeout_s: float | None = None) -> Exit | None:
        """How it ended, or None where it still runs after that time; afterwards no process of it is alive."""
        if self._exit is None and _readable(self._handle, timeout_s):
            with self._lock:
                if self._exit is None:
                    self._exit = self._reap()
        return self._exit

    def close(self) -> None:
        """Kill, wait, and close every descriptor."""
        self.kill()
        self.wait()
        for stream in self._streams:
            with contextlib.suppress(OSError):
                stream.close()
        with self._lock:
            for descriptor in (self._handle, self._first, self._status):
                if descriptor is not None and descriptor >= 0:
                    os.close(descriptor)
            self._handle, self._first, self._status = -1, None, -1

    def __enter__(self) -> Self:
        """The process itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _end(self) -> None:
        """The first process inside takes all others along; bubblewrap sees it, reaps it, and ends by itself."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle if self._first is None else self._first, signal.SIGKILL)

    def _reap(self) -> Exit:
        """After bubblewrap's end: its first process inside takes the whole namespace with it."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        if self._first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            _readable(self._first, None)
        while self._read_report():
            pass
        return self._told()

    def _told(self) -> Exit:
        reports: list[dict[str, Any]] = [json.loads(line) for line in self._reports.splitlines()]
        code = next((report["exit-code"] for report in reports if "exit-code" in report), None)
        if self._killed:
            return Exit(killed=True, memory_exceeded=self._memory_exceeded)
        if code is None:
            return Exit(failure=self._complaint() or "bubblewrap ended without saying how")
        if code > _SIGNAL_BASE:
            return Exit(signal=code - _SIGNAL_BASE)
        return Exit(code=code)

    def _read_report(self) -> bool:
        data = os.read(self._status, 4096)
        self._reports += data
        return bool(data)

    def _complaint(self) -> str:
        """What bubblewrap wrote on its way out."""
        self._killed = True
        self._end()
        if self.stderr.closed:
            return ""
        return " ".join((self.stderr.read() or b"").decode(errors="replace").split())


def _stream(descriptor: int, mode: str) -> BinaryIO:
    return cast(BinaryIO, io.FileIO(descriptor, mode))


def _closed() -> BinaryIO:
    stream = io.BytesIO()
    stream.close()
    return stream


def _readable(descriptor: int, timeout_s: float | None) -> bool:
    """Whether there is something to read, or an end, before the time is up; `poll`, as numbers may be above 1024."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if timeout_s is None else max(0.0, timeout_s) * 1000))

"""Work in a forked process, told line by line, ended when it takes too long. Runs under a project's own interpreter."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterator

_CHANNEL = 3
"""What is told of everything goes there, and only from the first process."""
_CHUNK = 1 << 16
_LOOK_EVERY_S = 0.05
"""A process may end and leave others behind that hold its pipe."""
Tell = Callable[[str], None]


def forked(work: Callable[[Tell], None], line_s: float) -> Iterator[str]:
    """The lines that the work tells; after the last one comes `ended`, `died` or `timed out`.

    Args:
        work: Done in a process of its own, without standard streams.
        line_s: Seconds at most from one line to the next; then it is killed, with all it started.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _work(work, reading, writing)
    os.close(writing)
    try:
        yield from _lines(pid, reading, line_s)
    finally:
        os.close(reading)
        _kill(pid)


def _work(work: Callable[[Tell], None], reading: int, writing: int) -> None:
    """The child's whole life."""
    try:
        os.setsid()
        os.close(reading)
        os.close(_CHANNEL)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)

        def tell(line: str) -> None:
            rest = line.encode("utf-8", "backslashreplace") + b"\n"
            while rest:
                rest = rest[os.write(writing, rest) :]

        work(tell)
        tell("")
    finally:
        os._exit(0)


def _lines(pid: int, reading: int, line_s: float) -> Iterator[str]:
    held = b""
    deadline = time.monotonic() + line_s
    while True:
        data = _read(pid, reading, deadline)
        if data is None or not data:
            yield "timed out" if data is None else _ending(pid)
            return
        *lines, held = (held + data).split(b"\n")
        for line in lines:
            if not line:
                yield "ended"
                return
            yield line.decode("utf-8")
        if lines:
            deadline = time.monotonic() + line_s


def _read(pid: int, reading: int, deadline: float) -> bytes | None:
    """What comes next; empty where nothing more can come, None where the time is up."""
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        if select.select([reading], [], [], min(left, _LOOK_EVERY_S))[0]:
            return os.read(reading, _CHUNK)
        if _is_gone(pid):
            return b""


def _ending(pid: int) -> str:
    """How a process ended that tells nothing more: its processor time is limited by a timer."""
    if not hasattr(os, "waitid"):  # macOS until Python 3.13
        return "died"
    _end(pid)  # it may have closed its pipe alone; one that is ending already ends as it would have
    told = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return "timed out" if told is not None and told.si_status == signal.SIGPROF else "died"


def _is_gone(pid: int) -> bool:
    """Whether a child has ended; it is left to be waited for."""
    if not hasattr(os, "waitid"):  # macOS until Python 3.13: it is found out when the time is up
        return False
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _kill(pid: int) -> None:
    _end(pid)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _end(pid: int) -> None:
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)

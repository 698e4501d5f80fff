"""Runs a person's own code where there is no sandbox, once they said so: limited, and not confined.

Such code can read, write and send what the person can. What is kept: limits of time and memory, an environment without
the caller's variables, a folder of its own to work in that goes with it, and the end of all it started in its group.
It is for the person's own code and tests, after their consent, and never for code that a model or this program wrote.
"""

import contextlib
import io
import math
import os
import select
import shutil
import signal
import tempfile
import threading
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self, cast

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.inherited import Inherited
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.sandbox import ENVIRONMENT, WORK_FOLDER, Exit, Job

_SHELL = "/bin/sh"
# What a system does not know of these it leaves out: macOS has no limit of address space.
_LIMITED = 'ulimit -t %d; ulimit -v %d 2>/dev/null; ulimit -f %d; ulimit -c 0; cd "$1"; shift; exec "$@"'
_BLOCK_BYTES = 512


class Unconfined:
    """Starts jobs as ordinary processes of this user."""

    def start(self, job: Job) -> "UnconfinedProcess":
        """Start it; what it works in is `WORK_FOLDER` in its command and environment.

        Raises:
            SandboxUnavailable: It cannot be started on this system.
            ValueError: A file's path leaves the work folder, or files are to be shown with other content than they
                have, which takes a sandbox.
        """
        if os.name != "posix":
            raise SandboxUnavailable("code is run on Linux and macOS only; use WSL, or a Linux machine")
        if job.replaced:
            name = next(iter(job.replaced))
            raise ValueError(f"{name} can only be run as it is saved, as there is no sandbox here; save it first")
        folder = Path(tempfile.mkdtemp(prefix="codex-lsp-run-"))
        try:
            work = folder / "work"
            _write(work, job)
            return _started(job, folder, work)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


class UnconfinedProcess:
    """A process group, and the folder that goes with it."""

    def __init__(self, pid: int, streams: tuple[int, ...], folder: Path) -> None:
        """Take over a started process, the ends of its streams, and its folder."""
        self._pid = pid
        self._folder = folder
        modes = ("wb", "rb", "rb")
        self._streams = [cast(BinaryIO, io.FileIO(end, mode)) for end, mode in zip(streams, modes, strict=False)]
        self._lock = threading.Lock()
        self._exit: Exit | None = None
        self._killed = False
        self._ending, told = os.pipe()
        self._waiter = threading.Thread(target=self._wait_for_end, args=(told,), name="unconfined", daemon=True)
        self._waiter.start()

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._pid

    @property
    def stdin(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        return self._stream(0)

    @property
    def stdout(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        return self._stream(1)

    @property
    def stderr(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        return self._stream(2)

    def fileno(self) -> int:
        """Turns readable when the program ends."""
        return self._ending

    def kill(self) -> None:
        """End its group; harmless where it has ended."""
        with self._lock:
            if self._exit is None:
                self._killed = True
                _end_group(self._pid)

    def wait(self, timeout_s: float | None = None) -> Exit | None:
        """How it ended, or None where it still runs after that time."""
        if self._exit is None:
            poll = select.poll()
            poll.register(self._ending, select.POLLIN)
            poll.poll(None if timeout_s is None else max(0.0, timeout_s) * 1000)
        return self._exit

    def close(self) -> None:
        """Kill, wait, close the pipes and remove its folder."""
        self.kill()
        self._waiter.join()
        for stream in self._streams:
            with contextlib.suppress(OSError):
                stream.close()
        if self._ending >= 0:
            os.close(self._ending)
            self._ending = -1
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """The process itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _stream(self, number: int) -> BinaryIO:
        if self._streams:
            return self._streams[number]
        stream = io.BytesIO()
        stream.close()
        return stream

    def _wait_for_end(self, told: int) -> None:
        """In a thread: when the program ends, end what is left of its group, and tell."""
        if hasattr(os, "waitid"):  # its number stays its own until it is waited for
            os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
            with self._lock:
                _end_group(self._pid)
                self._exit = _exit(os.waitpid(self._pid, 0)[1], killed=self._killed)
        else:
            status = os.waitpid(self._pid, 0)[1]
            with self._lock:
                self._exit = _exit(status, killed=self._killed)
                _end_group(self._pid)
        os.close(told)


def _write(work: Path, job: Job) -> None:
    work.mkdir()
    for name, content in job.files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.name or "\0" in name:
            raise ValueError(f"{name!r}: a job's file lies in its work folder; give a relative path without `..`")
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(content)


def _started(job: Job, folder: Path, work: Path) -> UnconfinedProcess:
    command = [word.replace(WORK_FOLDER, str(work)) for word in job.command]
    given = {**ENVIRONMENT, "TMPDIR": str(folder), **job.environment}
    environment = {name: value.replace(WORK_FOLDER, str(work)) for name, value in given.items()}
    with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours, Inherited() as inherited:
        ends: list[int] = []
        for number in () if job.quiet else (0, 1, 2):
            reading, writing = os.pipe()
            here, there = (writing, reading) if number == 0 else (reading, writing)
            ours.callback(os.close, here)
            theirs.callback(os.close, there)
            inherited.keep(there, number)
            ends.append(here)
        for inside, outside in job.channels.items():
            inherited.keep(outside, inside)
        try:
            pid = os.posix_spawn(
                _SHELL,
                [_SHELL, "-c", _limits(job.limits), "sh", str(work), *command],
                environment,
                file_actions=inherited.actions(quiet=job.quiet),
                setpgroup=0,
                setsigmask=(),
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM),
            )
        except OSError as error:
            raise SandboxUnavailable(f"cannot start {_SHELL}: {error}; nothing was run") from error
        ours.pop_all()
        return UnconfinedProcess(pid, tuple(ends), folder)


def _limits(limits: Limits) -> str:
    return _LIMITED % (math.ceil(limits.cpu_s), limits.memory_bytes // 1024, limits.file_bytes // _BLOCK_BYTES)


def _exit(status: int, *, killed: bool) -> Exit:
    if killed:
        return Exit(killed=True)
    code = os.waitstatus_to_exitcode(status)
    return Exit(signal=-code) if code < 0 else Exit(code=code)


def _end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)

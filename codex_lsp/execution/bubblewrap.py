"""The sandbox of Linux: bubblewrap's namespaces, limits on its first process, and a filter of system calls.

Nothing inside sets the limits: bubblewrap is held before its program starts, this process sets them on the sandbox's
first process with `prlimit(2)`, whose children inherit them, and lets go.
"""

import contextlib
import math
import os
import random
import re
import resource
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.bubblewrap_arguments import Descriptors, bubblewrap_arguments, checked_channels
from codex_lsp.execution.bubblewrap_process import BubblewrapProcess
from codex_lsp.execution.inherited import Action, Inherited
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.memory_watch import MemoryWatch
from codex_lsp.execution.program_paths import find_program
from codex_lsp.execution.sandbox import ENVIRONMENT, Job
from codex_lsp.execution.seccomp import seccomp_program
from codex_lsp.execution.shown_files import shown_files

OLDEST = (0, 8)
_OPEN_FILES = 256
_OWN_PROCESSES = 1
"""bubblewrap's first process inside, where it is of the same user."""
_MEND = (
    "install bubblewrap 0.8 or newer (`apt-get install bubblewrap`, `dnf install bubblewrap`, `pacman -S bubblewrap`)"
)


def find_bubblewrap() -> "BubblewrapSandbox":
    """The sandbox made of the `bwrap` in `PATH`; not tried yet.

    Raises:
        SandboxUnavailable: It is missing, too old, or what it needs beside it is.
    """
    program = find_program("bwrap")
    if program is None:
        raise SandboxUnavailable(f"no sandbox: bwrap is not in PATH; {_MEND}")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise SandboxUnavailable(f"no sandbox: {program} is {said.strip() or 'of no known version'}; {_MEND}")
    as_root = os.geteuid() == 0
    if as_root and not Path("/usr/bin/setpriv").exists():
        raise SandboxUnavailable("no sandbox: /usr/bin/setpriv is missing; install util-linux, or run as a plain user")
    return BubblewrapSandbox(program, seccomp_program(), as_root=as_root)


class BubblewrapSandbox:
    """Starts jobs under bubblewrap; may be used from several threads."""

    def __init__(self, program: str, seccomp: bytes, *, as_root: bool) -> None:
        """Keep what every job needs.

        Args:
            program: Absolute path of `bwrap`.
            seccomp: The filter of system calls.
            as_root: Whether this process is root, so that the program must become somebody else.
        """
        self._program = program
        self._seccomp = seccomp
        self._as_root = as_root
        self._watch = MemoryWatch()

    def start(self, job: Job) -> BubblewrapProcess:
        """Start a job; returns once its limits hold.

        Raises:
            SandboxUnavailable: bubblewrap could not make the sandbox; nothing was run.
            ValueError: A file's path leaves the work folder, a channel's number is out of range, or a replaced file is
                not one that can be shown.
        """
        shown = shown_files(job)
        with contextlib.ExitStack() as ours, Inherited() as inherited:
            streams = (
                () if job.quiet else tuple(_pipe(ours, inherited, inside, writes=inside == 0) for inside in range(3))
            )
            status = _pipe(ours, inherited, None, writes=False)
            block = _pipe(ours, inherited, None, writes=True)
            descriptors = Descriptors(
                seccomp=inherited.holding(self._seccomp),
                status=status.inside,
                block=block.inside,
                files=tuple(inherited.holding(content) for content in job.files.values()),
                shown=tuple(inherited.holding(file.content) for file in shown),
            )
            for inside, outside in checked_channels(job.channels).items():
                inherited.keep(outside, inside)
            uid = _drawn_uid() if self._as_root else None
            arguments = bubblewrap_arguments(job, descriptors, uid=uid, shown=shown)
            pid = self._spawn(arguments, {**ENVIRONMENT, **job.environment}, inherited.actions(quiet=job.quiet))
            ours.pop_all()
        process = BubblewrapProcess(pid, status=status.ours, streams=tuple(stream.ours for stream in streams))
        self._let_go(process, block.ours, job.limits)
        return process

    def _spawn(self, arguments: list[str], environment: dict[str, str], actions: list[Action]) -> int:
        try:
            return os.posix_spawn(
                self._program,
                [self._program, *arguments],
                environment,
                file_actions=actions,
                setpgroup=0,  # Ctrl+C is the caller's to handle
                setsigmask=(),
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM),
            )
        except OSError as error:
            raise SandboxUnavailable(f"cannot start {self._program}: {error}; nothing was run") from error

    def _let_go(self, process: BubblewrapProcess, block: int, limits: Limits) -> None:
        """Set the limits on the first process inside, then let it run."""
        try:
            first = process.started()
            for kind, value in _rlimits(limits, 0 if self._as_root else _OWN_PROCESSES):
                resource.prlimit(first, kind, value)
            with contextlib.suppress(OSError):  # where memory runs out all the same, this goes before the person's work
                Path(f"/proc/{first}/oom_score_adj").write_text("1000", "ascii")
            self._watch.add(first, limits.memory_bytes, ended=lambda: process.ended, exceeded=process.exceeds_memory)
            os.write(block, b"\0")
        except OSError as error:
            process.close()
            raise SandboxUnavailable(f"bubblewrap's sandbox ended before it began: {error}; nothing was run") from error
        except BaseException:
            process.close()
            raise
        finally:
            os.close(block)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pipe:
    """A pipe to or from the sandbox: this process's end, and the number that bubblewrap knows the other by."""

    ours: int
    inside: int


def _pipe(ours: contextlib.ExitStack, inherited: Inherited, inside: int | None, *, writes: bool) -> _Pipe:
    """A pipe whose end here writes, or reads; the other is inherited under `inside`, or a number above all channels."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    here, there = (writing, reading) if writes else (reading, writing)
    ours.callback(os.close, here)
    try:
        return _Pipe(ours=here, inside=inherited.keep(there, inside))
    finally:
        os.close(there)


def _rlimits(limits: Limits, own_processes: int) -> list[tuple[int, tuple[int, int]]]:
    cpu_s = math.ceil(limits.cpu_s)
    hard = (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NPROC, limits.processes + own_processes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    )
    # A signal that tells why comes a second before the one that cannot be caught.
    return [(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1)), *((kind, (value, value)) for kind, value in hard)]


def _drawn_uid() -> int:
    """A user whom nobody else is: the process limit counts a user's processes on the whole machine."""
    first, count = _mapped_users()
    return random.SystemRandom().randrange(first + count // 2, min(first + count, 1 << 31))


def _mapped_users() -> tuple[int, int]:
    """First and number of the largest range of users that exist here: all there are, fewer in a container."""
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text("ascii").splitlines()]
    first, _, count = max(ranges, key=lambda fields: int(fields[2]))
    return int(first), min(int(count), 1 << 31)

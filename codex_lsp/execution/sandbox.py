"""Where code nobody trusts runs: what a job asks for, what a sandbox promises, and how this machine's is found."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.limits import Limits

WORK_FOLDER = "/tmp/work"  # noqa: S108 - a path inside the sandbox, on a file system of its own
"""Where a job starts and may write, as the inside sees it; its files lie there."""

ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": WORK_FOLDER,
    "TMPDIR": "/tmp",  # noqa: S108 - inside the sandbox
    "LANG": "C.UTF-8",
    "USER": "nobody",
    "LOGNAME": "nobody",
    # More threads than one count as processes, reserve address space, and measure nothing better.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""What every job finds; nothing of the caller's own environment."""

FIRST_FREE_CHANNEL = 3
LAST_CHANNEL = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One program to be run, and all it is given; what is not named here does not exist for it.

    Attributes:
        command: Program and arguments; the first word is looked up in the sandbox's `PATH`.
        limits: What it may use up. `wall_s` and `output_bytes` hold where the job is run to its end (`running.run`);
            whoever talks with a process instead keeps them.
        files: Relative posix path to content, written into the work folder first.
        readable: Files and folders mounted read-only at their own absolute paths. Run as root, the sandbox's program is
            another, powerless user, so that only what everybody may read can be read.
        masked: Files and folders below those that must be empty to it: secrets.
        replaced: Files below readable folders that seem to hold something else, read-only: what an editor has not saved
            yet, or a body that is tried. They may be new, in new folders too. What is masked stays empty.
        channels: Descriptor number inside (3 to 63) to an open descriptor of this process, which stays the caller's to
            close. A pipe's or socketpair's other end stays outside.
        environment: Variables beside the few that every job has.
        quiet: The three standard streams are /dev/null; else they are pipes of the process.
    """

    command: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    readable: tuple[Path, ...] = ()
    masked: tuple[Path, ...] = ()
    replaced: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])
    channels: Mapping[int, int] = field(default_factory=dict[int, int])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a sandboxed process ended, as seen from outside.

    Attributes:
        code: Its exit code; None where a signal ended it, or the sandbox was killed.
        signal: The signal that ended it, else None.
        killed: The sandbox was killed from outside: by `kill`, or for its memory.
        memory_exceeded: All its processes together held more than `Limits.memory_bytes`.
        failure: Why the program could not be started at all; empty where it ran.
    """

    code: int | None = None
    signal: int | None = None
    killed: bool = False
    memory_exceeded: bool = False
    failure: str = ""


class SandboxedProcess(Protocol):
    """A program in its sandbox, and every process it starts.

    It is a context manager: leaving it kills what is left and closes the pipes. It lives no longer than the *thread*
    that started it (`PR_SET_PDEATHSIG`).
    """

    @property
    def pid(self) -> int:
        """Of the process outside that holds the sandbox."""
        ...

    @property
    def stdin(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        ...

    @property
    def stdout(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        ...

    @property
    def stderr(self) -> BinaryIO:
        """Unbuffered; closed from the start where the job is quiet."""
        ...

    def fileno(self) -> int:
        """A descriptor that turns readable when the program ends, for selectors."""
        ...

    def kill(self) -> None:
        """End every process of it at once; harmless where it has ended."""
        ...

    def wait(self, timeout_s: float | None = None) -> Exit | None:
        """How it ended, or None where it still runs after that time. Once it tells, no process of it is alive."""
        ...

    def close(self) -> None:
        """Kill, wait, and close the pipes."""
        ...

    def __enter__(self) -> Self:
        """The process itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        ...


class Sandbox(Protocol):
    """Starts jobs so that they reach nothing but what they were given."""

    def start(self, job: Job) -> SandboxedProcess:
        """Start it; returns once its limits hold, before its program's first instruction has to have run.

        Raises:
            SandboxUnavailable: The sandbox could not be made; nothing was run.
            ValueError: A file's path leaves the work folder, a channel's number is out of range, a readable place
                holds the home folder, or a replaced file is in no readable folder.
        """
        ...


def find_sandbox(platform: str = sys.platform) -> Sandbox:
    """The sandbox of this machine, tried once: a probe inside it has met every wall.

    Raises:
        SandboxUnavailable: There is none that holds; the message says what to install. Nothing runs without one.
    """
    if platform != "linux":
        raise SandboxUnavailable(
            f"no sandbox for {platform}: code nobody trusts runs on Linux only; use a Linux machine or virtual machine"
        )
    from codex_lsp.execution.bubblewrap import find_bubblewrap  # noqa: PLC0415 - Unix only below here
    from codex_lsp.execution.probe import probe  # noqa: PLC0415

    sandbox = find_bubblewrap()
    probe(sandbox)
    return sandbox

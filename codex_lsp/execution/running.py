"""Runs a job to its end: feeds it, keeps what it prints up to a cap, and ends it when its time is up."""

import contextlib
import os
import selectors
import time
from dataclasses import dataclass, replace

from codex_lsp.execution.sandbox import Exit, Job, Sandbox, SandboxedProcess

_CHUNK_BYTES = 1 << 16
_AFTERMATH_S = 2.0
"""Within this, the pipes of an ended sandbox end too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a job came to.

    Attributes:
        exit: How it ended.
        timed_out: It was killed at `Limits.wall_s`.
        stdout: The first `Limits.output_bytes` of what it printed.
        stderr: The same.
        reports: What it wrote to the channel for reports, capped alike.
        wall_s: Seconds from when its limits held to its end.
    """

    exit: Exit
    timed_out: bool
    stdout: bytes
    stderr: bytes
    reports: bytes
    wall_s: float


def run(sandbox: Sandbox, job: Job, *, stdin: bytes = b"", report_channel: int | None = None) -> Run:
    """Start a job that is not quiet, and stay with it until it ended or its time is up.

    Args:
        sandbox: Where.
        job: What.
        stdin: What it may read.
        report_channel: Number inside of a pipe that is read along, made here.

    Raises:
        SandboxUnavailable: The sandbox could not be made; nothing was run.
        ValueError: As `Sandbox.start`.
    """
    with contextlib.ExitStack() as stack:
        reports: int | None = None
        if report_channel is not None:
            reports, writing = os.pipe()  # inherited by nobody, as all that Python opens
            stack.callback(os.close, reports)
            with contextlib.ExitStack() as until_started:
                until_started.callback(os.close, writing)
                channels = {**job.channels, report_channel: writing}
                process = stack.enter_context(sandbox.start(replace(job, channels=channels)))
        else:
            process = stack.enter_context(sandbox.start(job))
        return _Attendance(process, job, stdin, reports).run()


class _Attendance:
    """One process, its pipes and its deadline."""

    def __init__(self, process: SandboxedProcess, job: Job, stdin: bytes, reports: int | None) -> None:
        self._process = process
        self._cap = job.limits.output_bytes
        self._started = time.monotonic()
        self._deadline = self._started + job.limits.wall_s
        self._stdin = memoryview(stdin)
        self._kept = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
        if reports is not None:
            self._kept[reports] = bytearray()
        self._selector = selectors.DefaultSelector()

    def run(self) -> Run:
        with self._selector:
            self._register()
            timed_out = self._attend()
            exited = self._process.wait()
            assert exited is not None  # noqa: S101 - it was waited for without an end
            wall_s = time.monotonic() - self._started
            self._drain_rest()
        stdout, stderr, *reports = (bytes(kept) for kept in self._kept.values())
        return Run(
            exit=exited, timed_out=timed_out, stdout=stdout, stderr=stderr, reports=b"".join(reports), wall_s=wall_s
        )

    def _register(self) -> None:
        for descriptor in self._kept:
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)
        self._selector.register(self._process, selectors.EVENT_READ)
        os.set_blocking(self._process.stdin.fileno(), False)
        self._selector.register(self._process.stdin, selectors.EVENT_WRITE)

    def _attend(self) -> bool:
        """Serve the pipes until the program ends, or kill it when its time is up; whether that was so."""
        while True:
            left_s = self._deadline - time.monotonic()
            if left_s <= 0:
                self._process.kill()
                return True
            for key, _ in self._selector.select(left_s):
                if key.fileobj is self._process:
                    return False
                self._serve(key)

    def _drain_rest(self) -> None:
        """What is in the pipes still; nobody writes any more."""
        deadline = time.monotonic() + _AFTERMATH_S
        for descriptor in self._kept:
            while time.monotonic() < deadline and self._read(descriptor):
                pass

    def _serve(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._process.stdin:
            self._feed()
        elif not self._read(key.fd):
            self._selector.unregister(key.fileobj)

    def _feed(self) -> None:
        try:
            self._stdin = self._stdin[os.write(self._process.stdin.fileno(), self._stdin[:_CHUNK_BYTES]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._stdin = memoryview(b"")
        if not self._stdin:
            self._selector.unregister(self._process.stdin)
            self._process.stdin.close()

    def _read(self, descriptor: int) -> bool:
        """Read once, and keep what fits; whether more may come."""
        try:
            data = os.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        kept = self._kept[descriptor]
        kept += data[: self._cap - len(kept)]
        return bool(data)

"""Work that is cancelled: what runs is killed, and nothing new starts."""

import asyncio
import threading

import pytest

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.cancellable import CancellableSandbox, in_sandbox
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import Job, Sandbox

SLEEPING = Job(command=("sh", "-c", "echo begun; sleep 600"), limits=Limits(wall_s=600.0))


async def test_a_cancelled_task_ends_what_it_runs(sandbox: Sandbox) -> None:
    begun, ended = threading.Event(), threading.Event()
    runs: list[Run] = []

    def work(inside: Sandbox) -> None:
        with inside.start(SLEEPING) as process:
            assert process.stdout.read(6) == b"begun\n"
            begun.set()
            process.wait()
        try:
            runs.append(run(inside, SLEEPING))
        finally:
            ended.set()

    task = asyncio.create_task(in_sandbox(sandbox, work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 60)
    assert runs == []


async def test_what_is_not_cancelled_gives_its_result(sandbox: Sandbox) -> None:
    def work(inside: Sandbox) -> bytes:
        return run(inside, Job(command=("echo", "done"))).stdout

    assert await in_sandbox(sandbox, work) == b"done\n"


def test_nothing_starts_after_the_end(sandbox: Sandbox) -> None:
    cancellable = CancellableSandbox(sandbox)
    cancellable.end()
    with pytest.raises(SandboxUnavailable, match="cancelled"):
        cancellable.start(SLEEPING)

"""The watch over a job's memory, on real processes of this test."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from codex_lsp.execution.limits import MIB
from codex_lsp.execution.memory_watch import MemoryWatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

FAMILY = """
import os, sys
held = [bytearray(b"x") * (int(sys.argv[1]) << 20)] if sys.argv[2] == "shared" else []
for _ in range(3):
    if os.fork() == 0:
        if sys.argv[2] == "own":
            held = bytearray(b"x") * (int(sys.argv[1]) << 20)
        os.write(1, b"!")
        sys.stdin.read()
        os._exit(0)
sys.stdin.read()
for _ in range(3):
    os.wait()
"""


@contextmanager
def family(mebibytes: int, whose: str) -> Generator[int]:
    """A process with three children that hold memory: each its own, or all their parent's."""
    reading, writing = os.pipe()
    command = [sys.executable, "-c", FAMILY, str(mebibytes), whose]
    with subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE) as process:
        os.close(reading)
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.read(1) == b"!"
        try:
            yield process.pid
        finally:
            os.close(writing)


def exceeds(pid: int, limit_bytes: int) -> bool:
    """Whether the watch calls, or looks again and again and does not."""
    exceeded, looked = threading.Event(), threading.Event()
    looks = iter(range(10))

    def ended() -> bool:
        if next(looks, None) is None:
            looked.set()
        return exceeded.is_set() or looked.is_set()

    def call() -> None:
        exceeded.set()
        looked.set()

    MemoryWatch().add(pid, limit_bytes, ended=ended, exceeded=call)
    assert looked.wait(60)
    return exceeded.is_set()


def test_what_several_processes_hold_is_added_up() -> None:
    with family(32, "own") as pid:
        assert exceeds(pid, 64 * MIB)
        assert not exceeds(pid, 256 * MIB)


def test_what_they_share_counts_once() -> None:
    with family(48, "shared") as pid:
        assert not exceeds(pid, 96 * MIB)


def test_a_process_that_is_gone_holds_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        assert not exceeds(process.pid, 0)

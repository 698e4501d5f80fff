"""The whole path with the model that comes with the package: server, engine process, weights."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.raw_client import GHOST_TEXT, INLINE, Message, RawClient, at, raw_client

PROC = Path("/proc")
URI = "file:///work/app.py"
CODE = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    "
WITH_PROGRESS = GHOST_TEXT | {"window": {"workDoneProgress": True}}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[RawClient]:
    """A server with the embedded model, from an environment that names no other."""
    async with raw_client(tmp_path) as connected:
        yield connected


async def processes() -> dict[int, int]:
    """Every process that runs, and its parent."""
    if (PROC / "self" / "stat").is_file():
        return processes_of_linux()
    listing = await asyncio.create_subprocess_exec("ps", "-axo", "pid=,ppid=,stat=", stdout=asyncio.subprocess.PIPE)
    output, _ = await listing.communicate()
    rows = [line.split() for line in output.decode().splitlines()]
    # One that has ended and that nobody has asked about yet is still listed.
    return {int(process): int(parent) for process, parent, state in rows if not state.startswith("Z")}


def processes_of_linux() -> dict[int, int]:
    """The same without `ps`, which small systems lack (proc_pid_stat(5))."""
    found: dict[int, int] = {}
    for file in PROC.glob("[0-9]*/stat"):
        # A process may end between being listed and being read.
        with contextlib.suppress(OSError):
            # The name in brackets can hold anything.
            state, parent = file.read_text(errors="replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                found[int(file.parent.name)] = int(parent)
    return found


async def engine_of(server: int) -> int:
    """Wait until a server has an engine; there is no event for the start of another's child."""
    async with asyncio.timeout(60):
        while True:
            for process, parent in (await processes()).items():
                if parent == server:
                    return process


async def gone(process: int) -> None:
    """Wait until a process has ended; there is no event for that either."""
    async with asyncio.timeout(60):
        while process in await processes():
            pass


def is_progress(message: Message, kind: str) -> bool:
    return message.get("method") == "$/progress" and message["params"]["value"]["kind"] == kind


async def test_loading_is_shown_and_never_waited_for(client: RawClient) -> None:
    await client.initialize(WITH_PROGRESS)
    # `initialize` was answered before anything could be loaded: the model is opened after `initialized`.
    assert not [message for message in client.received if is_progress(message, "end")]
    begin = await client.message(lambda message: is_progress(message, "begin"))
    assert begin["params"]["value"]["title"] == "Loading the model"
    end = await client.message(lambda message: is_progress(message, "end"))
    assert end["params"]["value"]["message"] == "embedded is ready"
    assert end["params"]["token"] == begin["params"]["token"]
    assert client.all_shown() == []


async def test_ghost_text_and_an_engine_that_is_killed(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, CODE)
    first = await client.ask(INLINE, at(URI, 5, 4))
    assert first["items"]
    assert all(item["insertText"].strip() for item in first["items"])
    assert len({item["insertText"] for item in first["items"]}) == len(first["items"])

    engine = await engine_of(client.process.pid)
    os.kill(engine, signal.SIGKILL)
    await gone(engine)
    await client.insert(URI, 5, 4, "return ")

    assert (await client.ask(INLINE, at(URI, 5, 11)))["items"]
    engine = await engine_of(client.process.pid)
    assert await client.leave() == 0
    await gone(engine)


@pytest.mark.parametrize("how", ["end of file", "SIGTERM", "SIGKILL"])
async def test_the_engine_ends_with_the_server(client: RawClient, how: str) -> None:
    await client.initialize()
    engine = await engine_of(client.process.pid)
    if how == "end of file":
        assert client.process.stdin is not None
        client.process.stdin.close()
    else:
        os.kill(client.process.pid, getattr(signal, how))
    await client.exit_code()
    await gone(engine)


async def test_a_missing_model_folder_is_one_message(tmp_path: Path) -> None:
    missing = tmp_path / "no-such-model"
    async with raw_client(tmp_path, flags=["--model", str(missing)]) as client:
        await client.initialize()
        await client.open(URI, CODE)
        assert str(missing) in await client.shown("codex-lsp: ")
        for _ in range(2):
            assert await client.ask(INLINE, at(URI, 5, 4)) == {"items": []}
        assert len(client.all_shown()) == 1
        assert await client.leave() == 0

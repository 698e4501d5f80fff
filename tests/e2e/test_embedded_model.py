"""The whole path with the model that comes with the package: server, engine process, weights."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.raw_client import GHOST_TEXT, INLINE, Message, RawClient, at, raw_client
from tests.processes import runs

URI = "file:///work/app.py"
CODE = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    "
WITH_PROGRESS = GHOST_TEXT | {"window": {"workDoneProgress": True}}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[RawClient]:
    """A server with the embedded model, from an environment that names no other."""
    async with raw_client(tmp_path) as connected:
        yield connected


async def engine_of(client: RawClient, *, count: int = 1) -> int:
    """The process of the `count`-th engine that the server has started, which its log names.

    Where this process looks at `/proc` of another process namespace, as in some sandboxes, the log alone knows.
    """
    while len(found := re.findall(r"engine (\d+) started", client.log)) < count:  # noqa: ASYNC110
        await asyncio.sleep(0.02)  # a log tells nobody that it has grown
    return int(found[count - 1])


async def gone(process: int) -> None:
    """Wait until a process that is not ours has ended, of which no event tells on every system."""
    while runs(process):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


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

    engine = await engine_of(client)
    os.kill(engine, signal.SIGKILL)
    await gone(engine)
    # A change far from the cursor, which no answer that is held could fit.
    await client.insert(URI, 0, 0, "import os\n\n\n")

    assert (await client.ask(INLINE, at(URI, 8, 4)))["items"]
    engine = await engine_of(client, count=2)
    assert await client.leave() == 0
    await gone(engine)


@pytest.mark.parametrize("how", ["end of file", "SIGTERM", "SIGKILL"])
async def test_the_engine_ends_with_the_server(client: RawClient, how: str) -> None:
    await client.initialize()
    engine = await engine_of(client)
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

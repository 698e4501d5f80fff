"""The reading of a workspace as a client is shown it."""

import asyncio
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from codex_lsp.server import walking
from codex_lsp.server.walking import show_walk


class Client:
    """Keeps what a client would be shown."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.work_done_progress: Any = self
        self.shown: list[str | None] = []
        self.begun = asyncio.Event()
        self.reported = asyncio.Event()
        self._refusal = refusal

    async def create_async(self, _: str) -> None:
        if self._refusal is not None:
            raise self._refusal

    def begin(self, _: str, value: types.WorkDoneProgressBegin) -> None:
        self.shown.append(value.title)
        self.begun.set()

    def report(self, _: str, value: types.WorkDoneProgressReport) -> None:
        self.shown.append(value.message)
        self.reported.set()

    def end(self, _: str, value: types.WorkDoneProgressEnd) -> None:
        self.shown.append(f"end: {value.message}")


async def test_how_many_files_and_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "POLL_S", 0.001)
    client = Client()

    async def walk() -> None:
        await client.reported.wait()

    await show_walk(client, "token", lambda: 7, walk())
    assert client.shown[:2] == ["Indexing the workspace", "7 files"]
    assert client.shown[-1] == "end: 7 files"


@pytest.mark.parametrize(("token", "refusal"), [(None, None), ("token", JsonRpcException("no", -32603))])
async def test_a_client_without_progress(token: str | None, refusal: Exception | None) -> None:
    client = Client(refusal)
    done: list[bool] = []

    async def walk() -> None:
        done.append(True)

    await show_walk(client, token, lambda: 0, walk())
    assert (client.shown, done) == ([], [True])


async def test_the_end_is_told_when_it_is_cut_short() -> None:
    client = Client()

    async def walk() -> None:
        await asyncio.Event().wait()

    showing = asyncio.create_task(show_walk(client, "token", lambda: 3, walk()))
    await client.begun.wait()
    showing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await showing
    assert client.shown[-1] == "end: 3 files"

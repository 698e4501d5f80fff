import asyncio
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.server.loading import wait_for_model
from codex_lsp.types import Capabilities


class Client:
    """Keeps what a client would be shown."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.work_done_progress: Any = self
        self.shown: list[Any] = []
        self.reported = asyncio.Event()
        self._refusal = refusal

    async def create_async(self, _: str) -> None:
        if self._refusal is not None:
            raise self._refusal

    def begin(self, _: str, value: types.WorkDoneProgressBegin) -> None:
        self.shown.append(value.title)

    def report(self, _: str, value: types.WorkDoneProgressReport) -> None:
        self.shown.append((value.percentage, value.message))
        self.reported.set()

    def end(self, _: str, value: types.WorkDoneProgressEnd) -> None:
        self.shown.append(value.message)


class LoadingModel(ScriptedModel):
    """Loads until it is told how that ends."""

    def __init__(self) -> None:
        super().__init__()
        self.outcome: asyncio.Future[Capabilities] = asyncio.get_running_loop().create_future()

    async def capabilities(self) -> Capabilities:
        return await self.outcome


@pytest.fixture
async def model() -> LoadingModel:
    return LoadingModel()


async def test_percent_and_end(model: LoadingModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_lsp.server.loading.POLL_S", 0.001)
    client = Client()
    model.current_health = Health(state=HealthState.LOADING, percent=40, detail="weights")
    waiting = asyncio.create_task(wait_for_model(client, model, "token"))
    await client.reported.wait()
    model.outcome.set_result(await ScriptedModel().capabilities())
    await waiting
    assert client.shown == ["Loading the model", (40, "weights"), "scripted is ready"]


async def test_a_failure_ends_the_progress(model: LoadingModel) -> None:
    client = Client()
    model.outcome.set_exception(ModelUnavailable("no such folder"))
    with pytest.raises(ModelUnavailable, match="no such folder"):
        await wait_for_model(client, model, "token")
    assert client.shown == ["Loading the model", "The model did not load"]


@pytest.mark.parametrize("token", [None, "token"])
async def test_a_client_without_progress_is_shown_none(model: LoadingModel, token: str | None) -> None:
    client = Client(JsonRpcException("no"))
    model.outcome.set_result(await ScriptedModel().capabilities())
    await wait_for_model(client, model, token)
    assert client.shown == []


async def test_nothing_loads_on_when_it_is_cancelled_while_the_progress_is_made(model: LoadingModel) -> None:
    asked, never = asyncio.Event(), asyncio.Event()

    class Silent(Client):
        async def create_async(self, _: str) -> None:
            asked.set()
            await never.wait()

    waiting = asyncio.create_task(wait_for_model(Silent(), model, "token"))
    await asked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    # The load is the only one that awaits it; a load that is left behind would keep it open.
    await asyncio.sleep(0)
    assert model.outcome.cancelled()


async def test_the_progress_ends_when_the_load_is_cancelled(
    model: LoadingModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_lsp.server.loading.POLL_S", 0.001)
    client = Client()
    model.current_health = Health(state=HealthState.LOADING, percent=40, detail="weights")
    waiting = asyncio.create_task(wait_for_model(client, model, "token"))
    await client.reported.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert client.shown == ["Loading the model", (40, "weights"), "Loading was stopped"]


async def test_the_progress_ends_on_any_failure(model: LoadingModel) -> None:
    client = Client()
    model.outcome.set_exception(OSError("broken"))
    with pytest.raises(OSError, match="broken"):
        await wait_for_model(client, model, "token")
    assert client.shown == ["Loading the model", "The model did not load"]

"""The application over a real, tiny model on a real socket: who gets the model's thread, and what a failure leaves."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import torch
from starlette.types import ASGIApp

from codex_lsp.config import EngineSettings
from codex_lsp.decoding.jobs import Job, Jobs
from codex_lsp.decoding.own_network import OwnReading
from codex_lsp.models.local import LocalModel
from codex_lsp.service.app import create_app
from tests.unit.decoding.tiny import byte_level_tokenizer, qwen3, save_checkpoint

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[Path]]
STUCK_S = 60.0
PROMPT = "def add(a, b):\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Fresh weights say all tokens alike, and few of these end a row: of many rows some go on for long.
    tokenizer = byte_level_tokenizer()
    config = qwen3(max_position_embeddings=1024, vocab_size=tokenizer.get_vocab_size())
    return save_checkpoint(tmp_path_factory.mktemp("served"), config, tokenizer, scale=1.0)


class Hold:
    """A place where the model's thread stands until it may go on."""

    def __init__(self, before: int) -> None:
        self.before = before
        self.held = threading.Event()
        self.go = threading.Event()

    async def reached(self) -> None:
        assert await asyncio.to_thread(self.held.wait, STUCK_S)


class Passes:
    """Forward passes, which may be held before any of them."""

    def __init__(self) -> None:
        self.done = 0
        self.failure: Exception | None = None
        self.jobs: list[Job] = []
        self.holds: list[Hold] = []
        self._put = threading.Semaphore(0)

    def begin(self) -> None:
        for hold in self.holds:
            if hold.before == self.done:
                hold.held.set()
                assert hold.go.wait(STUCK_S)
        self.done += 1
        if self.failure is not None:
            raise self.failure

    def came(self, job: Job) -> None:
        self.jobs.append(job)
        self._put.release()

    def hold(self, *, after: int) -> Hold:
        self.holds.append(Hold(self.done + after))
        return self.holds[-1]

    async def asked(self) -> Job:
        assert await asyncio.to_thread(self._put.acquire, timeout=STUCK_S)
        return self.jobs[-1]


@contextmanager
def watched() -> Generator[Passes]:
    passes = Passes()
    forward, put = OwnReading.forward, Jobs.put

    def counted(*arguments: Any, **named: Any) -> torch.Tensor:
        passes.begin()
        return forward(*arguments, **named)

    def noted(self: Jobs, job: Job) -> None:
        put(self, job)
        passes.came(job)

    with patch.object(OwnReading, "forward", counted), patch.object(Jobs, "put", noted):
        yield passes


@asynccontextmanager
async def client_of(serve: Serve, folder: Path) -> AsyncGenerator[tuple[httpx.AsyncClient, LocalModel]]:
    model = LocalModel("tiny", folder, EngineSettings(device="cpu", threads=1))
    await model.capabilities()
    try:
        async with serve(create_app(model)) as path:
            transport = httpx.AsyncHTTPTransport(uds=str(path))
            async with httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=STUCK_S) as client:
                yield client, model
    finally:
        await model.close()


def body(document: str, tokens: int, **changes: Any) -> dict[str, Any]:
    extension = {"document": document, "priority": changes.pop("priority", "typing")}
    return {"prompt": PROMPT, "max_tokens": tokens, "seed": 1, "stream": True, "codex": extension, **changes}


async def test_two_clients_share_the_model_step_by_step(serve: Serve, folder: Path) -> None:
    with watched() as passes:
        async with client_of(serve, folder) as (client, _):
            hold = passes.hold(after=12)
            async with client.stream("POST", "/v1/completions", json=body("long", 400, n=32)):
                await passes.asked()
                await hold.reached()
                short = asyncio.create_task(client.post("/v1/completions", json=body("short", 8)))
                await passes.asked()
                later = passes.hold(after=60)
                hold.go.set()
                # The short one is answered while the long one stands in its middle, to which it came meanwhile.
                assert "[DONE]" in (await short).text
                await later.reached()
                assert not passes.jobs[0].cancelled.is_set()
                later.go.set()


async def test_the_newest_typing_of_a_document_is_first_and_the_background_last(serve: Serve, folder: Path) -> None:
    order: list[str] = []
    with watched() as passes:
        async with client_of(serve, folder) as (client, _):

            async def ask(name: str, **changes: Any) -> None:
                await client.post("/v1/completions", json=body(**changes))
                order.append(name)

            hold = passes.hold(after=1)
            asking = [asyncio.create_task(ask("running", document="other", tokens=1))]
            await passes.asked()
            await hold.reached()
            for name, priority in (("background", "background"), ("older", "typing"), ("newer", "typing")):
                asking.append(asyncio.create_task(ask(name, document="a", tokens=4, priority=priority)))
                await passes.asked()
            hold.go.set()
            await asyncio.gather(*asking)
    order.remove("running")
    assert order == ["newer", "older", "background"]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_closed_connection_costs_one_more_step_at_most(serve: Serve, folder: Path, *, stream: bool) -> None:
    with watched() as passes:
        async with client_of(serve, folder) as (client, _):
            hold = passes.hold(after=5)
            begun = passes.done
            leaving = asyncio.create_task(client.post("/v1/completions", json=body("a", 400, stream=stream)))
            job = await passes.asked()
            await hold.reached()
            leaving.cancel()
            assert await asyncio.to_thread(job.cancelled.wait, STUCK_S)
            hold.go.set()
            # The model's thread is free for who asks next.
            answer = await client.post("/v1/completions", json=body("b", 1))
            assert answer.status_code == 200
            both = passes.done - begun
            await client.post("/v1/completions", json=body("b", 1))
            own = passes.done - begun - both
            # Five, the one that was pending, and the next request's own.
            assert both == 5 + 1 + own


SHORT_OF_MEMORY = [
    MemoryError("no room"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: 8 TB"),
]


@pytest.mark.parametrize("failure", SHORT_OF_MEMORY, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("stream", [True, False])
async def test_out_of_memory_is_the_requests_own_failure(
    serve: Serve, folder: Path, failure: Exception, *, stream: bool
) -> None:
    with watched() as passes:
        async with client_of(serve, folder) as (client, _):
            before = (await client.post("/v1/completions", json=body("a", 4, stream=False))).json()["choices"]
            assert (await client.get("/health")).json()["cache"]["bytes"] > 0
            passes.failure = failure
            refused = await client.post("/v1/completions", json=body("a", 4, stream=stream))
            assert refused.status_code == 503
            error = refused.json()["error"]
            assert (error["type"], error["code"]) == ("service_unavailable_error", "model_failed")
            assert "out of memory" in error["message"]
            assert "smaller model" in error["message"]
            # What was kept is given back, for the next request.
            assert (await client.get("/health")).json()["cache"]["bytes"] == 0
            passes.failure = None
            again = await client.post("/v1/completions", json=body("a", 4, stream=False))
            assert again.json()["choices"] == before


async def test_a_prompt_longer_than_the_context_is_refused(serve: Serve, folder: Path) -> None:
    async with client_of(serve, folder) as (client, _):
        for prompt in ("x = 1\n" * 2000, "x = 1\n" * 200_000):
            refused = await client.post("/v1/completions", json={"prompt": prompt})
            assert refused.status_code == 400
            assert refused.json()["error"]["type"] == "invalid_request_error"
            assert "context" in refused.json()["error"]["message"]


@pytest.mark.parametrize("change", ["overwritten", "cut", "gone"])
async def test_a_model_file_that_changes_under_it_changes_nothing(serve: Serve, change: str, tmp_path: Path) -> None:
    own = save_checkpoint(tmp_path / "own", qwen3())
    weights = own / "model.safetensors"
    async with client_of(serve, own) as (client, _):
        before = (await client.post("/v1/completions", json=body("a", 8, stream=False))).json()["choices"]
        size = weights.stat().st_size
        if change == "gone":
            weights.unlink()
        else:
            with weights.open("r+b") as file:
                file.truncate(size if change == "overwritten" else 100)
                file.write(b"\xff" * (size if change == "overwritten" else 100))
        for prompt in (PROMPT, "x = 1\n"):
            after = await client.post("/v1/completions", json=body("a", 8, stream=False, prompt=prompt))
            assert after.status_code == 200
            if prompt == PROMPT:
                assert after.json()["choices"] == before


async def test_health_tells_what_the_cache_brought(serve: Serve, folder: Path) -> None:
    async with client_of(serve, folder) as (client, _):

        async def counted() -> dict[str, int]:
            return (await client.get("/health")).json()["cache"]

        begin = await counted()
        await client.post("/v1/completions", json=body("a", 1, stream=False, prompt="x = 1\n" * 30))
        first = await counted()
        await client.post("/v1/completions", json=body("a", 1, stream=False, prompt="x = 1\n" * 30 + "y\n"))
        second = await counted()
    assert begin.keys() == {"prompts", "hits", "tokens", "reused", "evicted", "bytes"}
    assert [one["prompts"] - begin["prompts"] for one in (first, second)] == [1, 2]
    assert [one["hits"] - begin["hits"] for one in (first, second)] == [0, 1]
    read = first["tokens"] - begin["tokens"]
    asked = second["tokens"] - first["tokens"]
    # All that both prompts begin with, which is at most all but the last token of the first.
    assert read - 2 <= second["reused"] - first["reused"] <= read
    assert asked - (second["reused"] - first["reused"]) <= 4

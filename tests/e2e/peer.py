"""A server of the OpenAI completions protocol that answers what a test tells it to, on a real port."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

TIMEOUT_S = 60.0


class Peer:
    """What the server answers, and what it was asked.

    Attributes:
        rows: Text and log-probability (None: told of none) of each row: the first is the greedy one.
        rows_for: Gives them by the prompt instead, where it is set.
        failure: Answer every request with this status and message, unless None.
        breaks: Close the connection in the middle of each answer.
        known: What it serves is told while it is set.
        released: Answers flow while it is set.
        prompts: What was asked so far, one for each generation.
        abandoned: Answers that their client did not wait for.
    """

    def __init__(self) -> None:
        self.rows: Sequence[tuple[str, float | None]] = [("a + b", -0.25)]
        self.rows_for: Callable[[str], Sequence[tuple[str, float | None]]] | None = None
        self.failure: tuple[int, str] | None = None
        self.breaks = False
        self.known = asyncio.Event()
        self.known.set()
        self.released = asyncio.Event()
        self.released.set()
        self.prompts: list[str] = []
        self.abandoned = 0
        self.url = ""
        self._news = asyncio.Condition()

    async def asked(self, count: int = 1) -> None:
        """Wait until `count` generations have been asked for."""
        await self._until(lambda: len(self.prompts) >= count)

    async def left(self, count: int = 1) -> None:
        """Wait until `count` answers have been abandoned."""
        await self._until(lambda: self.abandoned >= count)

    async def models(self, _: Request) -> Response:
        """`GET /v1/models`."""
        await self.known.wait()
        return JSONResponse({"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    async def completions(self, request: Request) -> Response:
        """`POST /v1/completions`."""
        body = await request.json()
        greedy = body["temperature"] == 0
        async with self._news:
            if greedy:
                self.prompts.append(body["prompt"])
                self._news.notify_all()
        if self.failure is not None:
            status, message = self.failure
            return JSONResponse({"error": {"message": message, "type": "x", "code": None}}, status_code=status)
        all_rows = self.rows if self.rows_for is None else self.rows_for(body["prompt"])
        rows = all_rows[:1] if greedy else [*all_rows[1:], *[all_rows[-1]] * body["n"]][: body["n"]]
        return StreamingResponse(self._answer(rows), media_type="text/event-stream")

    async def _answer(self, rows: Sequence[tuple[str, float | None]]) -> AsyncGenerator[bytes, None]:
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.abandoned += 1
            async with self._news:
                self._news.notify_all()
            raise
        if self.breaks:
            yield b"data: {"
            raise ConnectionAbortedError
        for index, (text, logprob) in enumerate(rows):
            logprobs = {"tokens": [text], "token_logprobs": [logprob], "text_offset": [0], "top_logprobs": None}
            told = None if logprob is None else logprobs
            choice = {"index": index, "text": text, "logprobs": told, "finish_reason": "stop"}
            yield b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"

    async def _until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(TIMEOUT_S), self._news:
            await self._news.wait_for(done)


@asynccontextmanager
async def serving_peer() -> AsyncGenerator[Peer]:
    """Serve a peer on a free port of this machine."""
    peer = Peer()
    routes = [
        Route("/v1/models", peer.models),
        Route("/v1/completions", peer.completions, methods=["POST"]),
    ]
    async with serving(Starlette(routes=routes)) as url:
        peer.url = url
        try:
            yield peer
        finally:
            peer.released.set()
            peer.known.set()


@asynccontextmanager
async def serving(app: Starlette) -> AsyncGenerator[str]:
    """Serve an application on a free port of this machine, under the address that this gives."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    # The lower half of `serve`: its upper half takes over the signal handlers of the test process.
    running = asyncio.create_task(server._serve(sockets=[listener]))  # pyright: ignore[reportPrivateUsage]
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        await running

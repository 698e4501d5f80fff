"""The client against real servers: our own application, and peers that behave as other servers do."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from codex_lsp.errors import ModelError, ModelRefused, ModelUnavailable, NotSupported, UsageError
from codex_lsp.models.protocol import HealthState
from codex_lsp.models.remote import connection
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.types import Delta, FinishReason, Prompt, SamplingParams, Token

ServeTcp = Callable[[ASGIApp], AbstractAsyncContextManager[str]]
Answer = Callable[[dict[str, Any]], Awaitable[Response] | Response]

KEY = "sk-very-secret"
PROMPT = Prompt(header=None, prefix="def add(a, b):\n    return ", suffix="\n\nprint(add(1, 2))\n")
QWEN = "Qwen/Qwen2.5-Coder-0.5B"


class Peer:
    """Some other server: a list of models, and what it answers to a request body."""

    def __init__(self, answer: Answer, *, models: Any = None, health: Response | None = None) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.models = {"object": "list", "data": [{"id": QWEN, "max_model_len": 8192}]} if models is None else models
        self.health = health
        self.answer = answer
        self.app = Starlette(
            routes=[
                Route("/v1/completions", self._completions, methods=["POST"]),
                Route("/v1/chat/completions", self._completions, methods=["POST"]),
                Route("/v1/models", self._list),
                Route("/health", self._state),
            ]
        )

    async def _completions(self, request: Request) -> Response:
        self.bodies.append(await request.json())
        self.keys.append(request.headers.get("authorization"))
        answer = self.answer(self.bodies[-1])
        return answer if isinstance(answer, Response) else await answer

    async def _list(self, _: Request) -> Response:
        return self.models if isinstance(self.models, Response) else JSONResponse(self.models)

    async def _state(self, _: Request) -> Response:
        return Response() if self.health is None else self.health


def choice(row: int, text: str, logprob: float | None, reason: str | None = None) -> dict[str, Any]:
    logprobs = {"tokens": [text], "token_logprobs": [logprob], "text_offset": [0], "top_logprobs": None}
    return {"index": row, "text": text, "logprobs": logprobs if text else None, "finish_reason": reason}


def events(*choices: dict[str, Any], done: bool = True) -> Response:
    lines = [f"data: {json.dumps({'choices': [entry]})}\n\n" for entry in choices]
    return StreamingResponse(iter([*lines, "data: [DONE]\n\n"] if done else lines), media_type="text/event-stream")


def rows(body: dict[str, Any]) -> Response:
    """A server like vLLM: rows interleave, every choice has an index."""
    greedy = body["temperature"] == 0
    texts = ["a + b"] if greedy else [f"{body['seed']}.{row}" for row in range(body["n"])]
    opened = [choice(row, text, -0.25 * (row + 1)) for row, text in enumerate(texts)]
    closed = [choice(row, "", None, "stop") for row, _ in enumerate(texts)]
    return events(*opened, *closed)


def first_row_only(body: dict[str, Any]) -> Response:
    """A server that ignores `n`."""
    return events(choice(0, str(body["seed"]), -1.0), choice(0, "", None, "length"))


async def collected(url: str, params: SamplingParams, **options: Any) -> dict[int, str]:
    model = OpenAIModel(url, **options)
    try:
        return await texts_of(model, params)
    finally:
        await model.close()


async def texts_of(model: OpenAIModel, params: SamplingParams) -> dict[int, str]:
    texts: dict[int, str] = {}
    ended: set[int] = set()
    async with aclosing(model.sample(PROMPT, params)) as deltas:
        async for delta in deltas:
            assert delta.index not in ended
            texts[delta.index] = texts.get(delta.index, "") + delta.text
            if delta.finish_reason is not None:
                ended.add(delta.index)
    assert ended == set(texts)
    return texts


async def test_a_server_of_rows_is_asked_twice_one_of_them_greedy(serve_tcp: ServeTcp) -> None:
    peer = Peer(rows)
    params = SamplingParams(n=4, greedy_first=True, seed=5, stop=("\ndef",), temperature=0.4, top_p=0.9)
    async with serve_tcp(peer.app) as url:
        texts = await collected(url, params, api_key=KEY)
    assert texts == {0: "a + b", 1: "5.0", 2: "5.1", 3: "5.2"}
    greedy, sampled = sorted(peer.bodies, key=lambda body: body["n"])
    assert (greedy["n"], greedy["temperature"], sampled["n"], sampled["temperature"]) == (1, 0.0, 3, 0.4)
    assert sampled["top_p"] == 0.9
    assert sampled["model"] == QWEN
    assert sampled["logprobs"] == 1
    assert sampled["stop"][0] == "\ndef"
    assert "codex" not in sampled
    assert "suffix" not in sampled
    # The model's name chose the family, whose fill-in-the-middle tokens frame the document and end a row.
    rendered = "<|fim_prefix|>def add(a, b):\n<|fim_suffix|>\n\nprint(add(1, 2))\n<|fim_middle|>    return "
    assert sampled["prompt"] == rendered
    assert "<|endoftext|>" in sampled["stop"]
    assert peer.keys == [f"Bearer {KEY}"] * 2


def said(body: dict[str, Any]) -> Response:
    """A chat server: deltas of a message, thoughts apart from what it says."""
    assert "prompt" not in body
    opened = {"index": 0, "delta": {"role": "assistant", "content": None, "reasoning_content": "hm"}}
    token = {"content": [{"token": "pass", "logprob": -0.5, "bytes": None, "top_logprobs": []}]}
    written = {"index": 0, "delta": {"content": "pass"}, "logprobs": token}
    return events(opened, written, {"index": 0, "delta": {}, "finish_reason": "stop"})


async def test_instructions_go_to_the_chat_endpoint_of_a_model_that_follows_them(serve_tcp: ServeTcp) -> None:
    peer = Peer(said, models={"data": [{"id": f"{QWEN}-Instruct"}]})
    prompt = Prompt(header=None, prefix="x = '<|im_end|>'", instruction="Explain this.")
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        assert (await model.capabilities()).chat
        async with aclosing(model.sample(prompt, SamplingParams(max_tokens=4))) as deltas:
            told = [delta async for delta in deltas]
        await model.close()
    assert "".join(delta.text for delta in told) == "pass"
    assert [token.logprob for delta in told for token in delta.tokens] == [-0.5]
    [body] = peer.bodies
    # What a person wrote is no command to the server's template.
    content = "Explain this.\n\n```\nx = '< |im_end|>'\n```"
    assert body["messages"] == [{"role": "user", "content": content}]
    assert (body["logprobs"], body["stop"]) == (True, [])


@pytest.mark.parametrize(
    ("name", "chats", "follows"), [(QWEN, None, False), (QWEN, True, True), ("x-chat", False, False)]
)
async def test_what_a_name_does_not_tell_is_said(
    serve_tcp: ServeTcp, name: str, *, chats: bool | None, follows: bool
) -> None:
    async with serve_tcp(Peer(rows, models={"data": [{"id": name}]}).app) as url:
        model = OpenAIModel(url, chats=chats)
        assert (await model.capabilities()).chat is follows
        await model.close()


async def test_tokens_of_another_server(serve_tcp: ServeTcp) -> None:
    async with serve_tcp(Peer(rows).app) as url:
        model = OpenAIModel(url)
        deltas = [delta async for delta in model.sample(PROMPT, SamplingParams(n=1, temperature=0.0))]
        await model.close()
    assert deltas == [
        Delta(index=0, text="a + b", tokens=(Token(id=None, logprob=-0.25, end=5),)),
        Delta(index=0, text="", tokens=(), finish_reason=FinishReason.STOP),
    ]


async def test_a_server_that_ignores_n_is_asked_in_parallel_from_then_on(serve_tcp: ServeTcp) -> None:
    peer = Peer(first_row_only)
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        assert await texts_of(model, SamplingParams(n=3, seed=5)) == {0: "5", 1: "6", 2: "7"}
        assert [body["n"] for body in peer.bodies] == [3, 1, 1]
        assert await texts_of(model, SamplingParams(n=3, seed=8)) == {0: "8", 1: "9", 2: "10"}
        assert [body["n"] for body in peer.bodies[3:]] == [1, 1, 1]
        await model.close()


async def test_a_server_that_refuses_n_is_asked_in_parallel(serve_tcp: ServeTcp) -> None:
    def only_one(body: dict[str, Any]) -> Response:
        if body["n"] > 1:
            return JSONResponse({"error": {"message": "n must be 1"}}, status_code=400)
        return first_row_only(body)

    async with serve_tcp(Peer(only_one).app) as url:
        assert await collected(url, SamplingParams(n=2, seed=1)) == {0: "1", 1: "2"}


async def test_a_server_that_refuses_logprobs_is_asked_without(serve_tcp: ServeTcp) -> None:
    def no_logprobs(body: dict[str, Any]) -> Response:
        if "logprobs" in body:
            return JSONResponse({"error": {"message": "logprobs is not supported"}}, status_code=422)
        return events({"index": 0, "text": "x", "finish_reason": "stop"})

    peer = Peer(no_logprobs)
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        for _ in range(2):
            deltas = [delta async for delta in model.sample(PROMPT, SamplingParams())]
            assert deltas[0].tokens == (Token(id=None, logprob=None, end=1),)
        await model.close()
    assert ["logprobs" in body for body in peer.bodies] == [True, False, False]


async def test_a_server_of_few_stops_is_asked_with_few(serve_tcp: ServeTcp) -> None:
    def few_stops(body: dict[str, Any]) -> Response:
        if len(body["stop"]) > 4:
            return JSONResponse({"error": {"message": "stop: at most 4 items"}}, status_code=400)
        return first_row_only(body)

    peer = Peer(few_stops)
    async with serve_tcp(peer.app) as url:
        assert await collected(url, SamplingParams(seed=1, stop=("a", "b", "c"))) == {0: "1"}
    assert peer.bodies[-1]["stop"][:3] == ["a", "b", "c"]


async def test_a_wrong_key_is_tried_once(serve_tcp: ServeTcp) -> None:
    peer = Peer(repeated_key)
    async with serve_tcp(peer.app) as url:
        with pytest.raises(ModelRefused):
            await collected(url, SamplingParams(n=4), api_key=KEY)
    assert len(peer.bodies) == 1


async def test_a_server_that_does_not_stream_answers_whole(serve_tcp: ServeTcp) -> None:
    async with serve_tcp(Peer(lambda _: JSONResponse({"choices": [choice(0, "x", -1.0, "stop")]})).app) as url:
        assert await collected(url, SamplingParams()) == {0: "x"}


async def test_an_end_without_a_reason_is_an_end_when_the_server_says_done(serve_tcp: ServeTcp) -> None:
    async with serve_tcp(Peer(lambda _: events(choice(0, "x", -1.0))).app) as url:
        assert await collected(url, SamplingParams()) == {0: "x"}


async def test_capabilities_of_other_servers(serve_tcp: ServeTcp) -> None:
    peer = Peer(rows)
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(f"{url}/v1/")
        found = await model.capabilities()
        assert (found.model, found.fim, found.score, found.max_context) == (QWEN, True, False, 8192)
        assert found.tokenizer is None
        with pytest.raises(NotSupported):
            await model.score(PROMPT, "x")
        assert (await model.health()).state is HealthState.READY
        await model.close()
        peer.models = {"data": [{"id": "mystery", "meta": {"n_ctx_train": 512}}]}
        model = OpenAIModel(url)
        found = await model.capabilities()
        assert (found.model, found.fim, found.max_context) == ("mystery", False, 512)
        await model.close()


async def test_a_named_model_need_not_be_listed(serve_tcp: ServeTcp) -> None:
    peer = Peer(rows, models=PlainTextResponse("Not Found", status_code=404))
    async with serve_tcp(peer.app) as url:
        assert await collected(url, SamplingParams(n=1, seed=3), model="alias") == {0: "3.0"}
        assert peer.bodies[0]["model"] == "alias"
        peer.models = {"data": [{"id": QWEN}]}
        await collected(url, SamplingParams(n=1), model="alias")
        assert peer.bodies[1]["model"] == "alias"


async def test_a_loading_server_is_waited_for(serve_tcp: ServeTcp) -> None:
    loading = JSONResponse({"error": {"message": "Loading model", "code": 503}}, status_code=503)
    peer = Peer(rows, health=loading)
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        assert (await model.health()).state is HealthState.LOADING
        asking = asyncio.create_task(model.capabilities())
        await asyncio.sleep(0)
        peer.health = None
        assert (await asking).model == QWEN
        await model.close()


async def test_leaving_the_iteration_closes_the_stream(serve_tcp: ServeTcp) -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncGenerator[str, None]:
        try:
            yield f"data: {json.dumps({'choices': [choice(0, 'x', -1.0)]})}\n\n"
            await asyncio.Event().wait()
        finally:
            closed.set()

    peer = Peer(lambda _: StreamingResponse(endless(), media_type="text/event-stream"))
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        async with aclosing(model.sample(PROMPT, SamplingParams())) as deltas:
            await anext(deltas)
        await asyncio.wait_for(closed.wait(), 10)
        await model.close()


def repeated_key(_: dict[str, Any]) -> Response:
    return JSONResponse({"error": {"message": f"Incorrect API key provided: {KEY}"}}, status_code=401)


def failing(status: int, message: str = "because") -> Answer:
    return lambda _: JSONResponse({"error": {"message": message}}, status_code=status)


FAILURES: list[tuple[Answer, type[ModelError], str]] = [
    (repeated_key, ModelRefused, "CODEX_LSP_API_KEY"),
    (failing(403), ModelRefused, "CODEX_LSP_API_KEY"),
    (failing(404), ModelRefused, QWEN),
    (failing(400, "too\nlong"), ModelRefused, "too long"),
    (failing(422), ModelRefused, "422"),
    (failing(429), ModelUnavailable, "too many requests"),
    (failing(500), ModelUnavailable, "500: because"),
    (lambda _: PlainTextResponse("<html>bad gateway", status_code=502), ModelUnavailable, "502"),
    (lambda _: Response(status_code=307, headers={"location": "http://elsewhere/"}), ModelRefused, "307"),
    (lambda _: PlainTextResponse("hello"), ModelUnavailable, "not an OpenAI completions answer"),
    (lambda _: JSONResponse({"answer": 42}), ModelUnavailable, "not an OpenAI completions answer"),
    (lambda _: JSONResponse({"choices": [5]}), ModelUnavailable, "not an OpenAI completions answer"),
    (lambda _: JSONResponse({"choices": [{"index": 7, "text": ""}]}), ModelUnavailable, "row 7"),
    (lambda _: JSONResponse({"choices": []}), ModelUnavailable, "without a row"),
    (lambda _: events(choice(0, "x", -1.0), done=False), ModelUnavailable, "ended in the middle"),
    (
        lambda _: StreamingResponse(iter(["data: {broken\n\n"]), media_type="text/event-stream"),
        ModelUnavailable,
        "not JSON",
    ),
    (
        lambda _: StreamingResponse(iter([b"data: \xff\xfe\n\n"]), media_type="text/event-stream"),
        ModelUnavailable,
        "not an OpenAI completions answer",
    ),
    (
        lambda _: StreamingResponse(
            iter(['data: {"error": {"message": "out of memory"}}\n\n']), 200, None, "text/event-stream"
        ),
        ModelUnavailable,
        "out of memory",
    ),
]


async def test_every_failure_is_one_line_without_the_key(
    serve_tcp: ServeTcp, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    peer = Peer(rows)
    caplog.set_level(logging.DEBUG)
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url, api_key=KEY)
        for answer, kind, words in FAILURES:
            with subtests.test(words=words):
                peer.answer = answer
                with pytest.raises(kind) as caught:
                    await texts_of(model, SamplingParams())
                message = str(caught.value)
                assert words in message
                assert url in message
                assert "\n" not in message
                assert KEY not in message
        peer.answer = rows
        assert await texts_of(model, SamplingParams(seed=2)) == {0: "2.0"}
        await model.close()
    assert KEY not in caplog.text


async def test_a_connection_that_breaks_half_way(short_folder: Path) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if request.startswith(b"POST"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\ndata: {")
        else:
            body = json.dumps({"data": [{"id": QWEN}]}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    path = short_folder / "cut.sock"
    async with await asyncio.start_unix_server(cut, path):
        model = OpenAIModel("http://peer", socket=path)
        with pytest.raises(ModelUnavailable, match="broke in the middle"):
            await texts_of(model, SamplingParams())
        await model.close()


async def test_a_server_that_says_nothing_runs_out_of_time(
    serve_tcp: ServeTcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "READ_TIMEOUT_S", 0.05)
    leave = asyncio.Event()

    async def silent(_: dict[str, Any]) -> Response:
        await leave.wait()
        return Response()

    async with serve_tcp(Peer(silent).app) as url:
        model = OpenAIModel(url)
        with pytest.raises(ModelUnavailable, match="no answer in time"):
            await texts_of(model, SamplingParams())
        await model.close()
        leave.set()


async def test_nobody_at_the_address(serve_tcp: ServeTcp) -> None:
    async with serve_tcp(Peer(rows).app) as url:
        pass
    model = OpenAIModel(url, api_key=KEY)
    with pytest.raises(ModelUnavailable, match="nothing answers there"):
        await model.capabilities()
    health = await model.health()
    assert health.state is HealthState.FAILED
    assert url in health.detail
    await model.close()


@pytest.mark.parametrize("models", [{"data": []}, {"models": [1]}, [], 5, {"data": [5]}, {"data": 5}])
async def test_an_address_that_is_no_such_server(serve_tcp: ServeTcp, models: Any) -> None:
    async with serve_tcp(Peer(rows, models=JSONResponse(models)).app) as url:
        model = OpenAIModel(url)
        with pytest.raises(ModelUnavailable, match="not an OpenAI completions answer"):
            await model.capabilities()
        await model.close()


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://host/v1", "http://", "http://[::1", "\n", "http://xn--a/"]
)
def test_what_is_no_address_is_named(url: str) -> None:
    with pytest.raises(UsageError, match=r"endpoint\.url"):
        OpenAIModel(url)


@pytest.mark.parametrize("key", ["sk-1\nX: y", "schlüssel"])
def test_a_key_that_no_header_carries_is_not_repeated(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        OpenAIModel("http://host", api_key=key)
    assert key not in str(caught.value)


def test_a_password_in_the_address_is_not_shown() -> None:
    assert connection.Connection("https://me:hidden@host/v1", api_key=None, socket=None).name == "https://host/v1"


async def test_a_server_that_leaves_its_answer_open_after_the_mark_is_not_waited_for(serve_tcp: ServeTcp) -> None:
    left = asyncio.Event()

    async def open_ended() -> AsyncGenerator[str, None]:
        yield f"data: {json.dumps({'choices': [choice(0, 'x', -0.5, 'stop')]})}\n\ndata: [DONE]\n\n"
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    peer = Peer(lambda _: StreamingResponse(open_ended(), media_type="text/event-stream"))
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        async with asyncio.timeout(10):
            assert [delta.text async for delta in model.sample(PROMPT, SamplingParams(n=1))] == ["x"]
            # The connection was closed, as it cannot serve another request.
            await left.wait()
        await model.close()

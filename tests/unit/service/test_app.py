"""The application over a real server and a real socket; the model is a double that a test can hold at any step."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from codex_lsp.errors import ModelRefused, ModelUnavailable, NotSupported
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.scripted import READY, ScriptedModel, ScriptedRow, everything
from codex_lsp.models.scripted import Request as ModelRequest
from codex_lsp.service import completions
from codex_lsp.service.app import create_app
from codex_lsp.service.auth import BearerTokens
from codex_lsp.types import CacheStatistics, Delta, FinishReason, Prompt, SamplingParams, Token

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[Path]]


class Held(ScriptedModel):
    """Says `péss`, one character a step, until `steps` are used up; then it waits for ever."""

    def __init__(self, *, steps: int = 1000, failure: Any = None, fail_at_step: int = 0) -> None:
        script = ScriptedRow(pieces=("p", "é", "s", "s"), logprobs=(-0.5,))
        capabilities = everything("held")
        super().__init__(
            [script],
            capabilities=capabilities,
            before_step=self._hold,
            failure=failure,
            fail_at_step=fail_at_step,
        )
        self.waiting = asyncio.Event()
        self.ended = asyncio.Event()
        self._allowed = steps

    async def _hold(self, step: int) -> None:
        if step < self._allowed:
            return
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            # The generator is at its end once this task has had its turn.
            asyncio.get_running_loop().call_soon(self.ended.set)


def connected(path: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://engine")


async def answered(serve: Serve, model: Held, body: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with serve(create_app(model)) as socket, connected(socket) as client:
        return await client.post("/v1/completions", content=content)


async def test_a_whole_answer(serve: Serve) -> None:
    model = Held()
    response = await answered(
        serve, model, {"model": "held", "prompt": "if x:\n  ", "n": 2, "max_tokens": 4, "logprobs": 0, "seed": 7}
    )
    assert response.status_code == 200
    answer = response.json()
    assert answer["object"] == "text_completion"
    assert answer["model"] == "held"
    assert answer["usage"] == {"completion_tokens": 8}
    assert [choice["text"] for choice in answer["choices"]] == ["péss"] * 2
    assert answer["choices"][1] == {
        "index": 1,
        "text": "péss",
        "finish_reason": "length",
        "logprobs": {
            "tokens": ["p", "é", "s", "s"],
            "token_logprobs": [-0.5] * 4,
            "text_offset": [0, 1, 2, 3],
            "top_logprobs": [{"p": -0.5}, {"é": -0.5}, {"s": -0.5}, {"s": -0.5}],
        },
        "token_ids": [0, 1, 2, 3],
        "token_ends": [1, 2, 3, 4],
    }
    params = SamplingParams(n=2, max_tokens=4, temperature=1.0, top_p=1.0, seed=7)
    assert model.requests == [ModelRequest(prompt=Prompt(header=None, prefix="if x:\n  "), params=params)]


async def test_a_stream_has_one_event_for_each_delta_and_an_end(serve: Serve) -> None:
    response = await answered(serve, Held(), {"prompt": "", "max_tokens": 4, "stream": True, "logprobs": 1})
    assert response.headers["content-type"].startswith("text/event-stream")
    *events, end, rest = response.text.split("\n\n")
    assert (end, rest) == ("data: [DONE]", "")
    choices = [json.loads(event.removeprefix("data: "))["choices"][0] for event in events]
    assert [choice["text"] for choice in choices] == ["p", "é", "s", "s"]
    assert [choice["finish_reason"] for choice in choices] == [None, None, None, "length"]
    assert [choice["logprobs"]["text_offset"] for choice in choices] == [[0], [1], [2], [3]]
    assert [choice["token_ends"] for choice in choices] == [[1], [2], [3], [4]]


async def test_a_step_of_several_rows_is_one_event(serve: Serve) -> None:
    short = ScriptedRow(pieces=("p",), logprobs=(-1.0,))
    model = ScriptedModel([ScriptedRow(pieces=("p", "q"), logprobs=(-0.5,)), short])
    async with serve(create_app(model)) as path, connected(path) as client:
        body = {"prompt": "", "n": 2, "max_tokens": 2, "stream": True, "logprobs": 1}
        response = await client.post("/v1/completions", json=body)
    *events, end, _ = response.text.split("\n\n")
    assert end == "data: [DONE]"
    steps = [json.loads(event.removeprefix("data: "))["choices"] for event in events]
    told = [[(choice["index"], choice["text"], choice["finish_reason"]) for choice in choices] for choices in steps]
    assert told == [[(0, "p", None), (1, "p", None)], [(0, "q", "length"), (1, "", "stop")]]


async def test_several_tokens_of_a_row_in_one_step_are_one_choice(serve: Serve) -> None:
    class Drafting(ScriptedModel):
        async def sample_steps(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Sequence[Delta], None]:
            del prompt, params
            first, second = (Token(id=end, logprob=-0.5, end=end) for end in (1, 3))
            last = Delta(index=0, text="bc", tokens=(second,), finish_reason=FinishReason.LENGTH)
            yield [Delta(index=0, text="a", tokens=(first,)), last]

    async with serve(create_app(Drafting())) as path, connected(path) as client:
        response = await client.post("/v1/completions", json={"prompt": "", "stream": True, "logprobs": 1})
    (choice,) = json.loads(response.text.split("\n\n")[0].removeprefix("data: "))["choices"]
    assert (choice["text"], choice["finish_reason"], choice["token_ends"]) == ("abc", "length", [1, 3])
    assert choice["logprobs"]["tokens"] == ["a", "bc"]


async def test_without_logprobs_none_are_sent(serve: Serve) -> None:
    response = await answered(serve, Held(), {"prompt": ""})
    assert response.json()["choices"][0] == {
        "index": 0,
        "text": "péss",
        "logprobs": None,
        "finish_reason": "stop",
    }


async def test_a_score_answers_the_text_with_its_logprobs(serve: Serve) -> None:
    body = {"prompt": "x", "max_tokens": 0, "logprobs": 1, "codex": {"score": "a b"}}
    choice = (await answered(serve, Held(), body)).json()["choices"][0]
    assert choice["text"] == "a b"
    assert choice["logprobs"]["tokens"] == ["a", " b"]
    assert choice["logprobs"]["token_logprobs"] == [-1.0, -1.0]
    assert choice["token_ends"] == [1, 3]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_caller_who_leaves_ends_the_generation_at_its_step(serve: Serve, *, stream: bool) -> None:
    model = Held(steps=2)
    async with serve(create_app(model)) as path, connected(path) as client:
        asking = asyncio.create_task(client.post("/v1/completions", json={"prompt": "", "stream": stream}))
        await asyncio.wait_for(model.waiting.wait(), 10)
        assert not model.ended.is_set()
        asking.cancel()
        await asyncio.wait_for(model.ended.wait(), 10)
        assert (model.steps, model.running) == (2, 0)
        # The engine goes on with the next caller.
        assert (await client.get("/health")).status_code == 200


WRONG: list[tuple[Any, str | None]] = [
    (b"", None),
    (b"{", None),
    (b"[]", None),
    (b'"text"', None),
    (b"[" * 50_000, None),
    (b'{"prompt": "", "temperature": NaN}', None),
    ({}, "prompt"),
    ({"prompt": None}, "prompt"),
    ({"prompt": 5}, "prompt"),
    ({"prompt": [1, 2]}, "prompt"),
    ({"prompt": [[1, 2]]}, "prompt"),
    ({"prompt": ["a", "b"]}, "prompt"),
    ({"prompt": "", "suffix": 1}, "suffix"),
    ({"prompt": "", "n": 0}, "n"),
    ({"prompt": "", "n": 1000}, "n"),
    ({"prompt": "", "n": True}, "n"),
    ({"prompt": "", "n": 2.5}, "n"),
    ({"prompt": "", "max_tokens": 0}, "max_tokens"),
    ({"prompt": "", "max_tokens": "many"}, "max_tokens"),
    ({"prompt": "", "temperature": -0.1}, "temperature"),
    ({"prompt": "", "temperature": "hot"}, "temperature"),
    (b'{"prompt": "", "temperature": 1e999}', "temperature"),
    ({"prompt": "", "top_p": 0}, "top_p"),
    ({"prompt": "", "top_p": 1.01}, "top_p"),
    ({"prompt": "", "stop": ""}, "stop"),
    ({"prompt": "", "stop": ["a", 1]}, "stop"),
    ({"prompt": "", "stop": ["a"] * 65}, "stop"),
    ({"prompt": "", "seed": -1}, "seed"),
    ({"prompt": "", "logprobs": -1}, "logprobs"),
    ({"prompt": "", "logprobs": True}, "logprobs"),
    ({"prompt": "", "stream": "yes"}, "stream"),
    ({"prompt": "", "codex": 1}, "codex"),
    ({"prompt": "", "codex": {"header": {"path": 1}}}, "codex.header.path"),
    ({"prompt": "", "codex": {"snippets": [{"path": "a.py"}]}}, "codex.snippets[0].text"),
    ({"prompt": "", "codex": {"snippets": {}}}, "codex.snippets"),
    ({"prompt": "", "codex": {"priority": "urgent"}}, "codex.priority"),
    ({"prompt": "", "codex": {"stop_indent": -1}}, "codex.stop_indent"),
    ({"prompt": "", "codex": {"greedy_first": 1}}, "codex.greedy_first"),
]


async def test_a_wrong_request_is_refused_by_field(serve: Serve, subtests: pytest.Subtests) -> None:
    model = Held()
    async with serve(create_app(model)) as socket, connected(socket) as client:
        for body, param in WRONG:
            with subtests.test(body=str(body)[:80]):
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                response = await client.post("/v1/completions", content=content)
                assert response.status_code == 400
                error = response.json()["error"]
                assert error["type"] == "invalid_request_error"
                assert error["param"] == param
                assert "\n" not in error["message"]
                assert not model.requests


async def test_half_a_body_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "BODY_TIMEOUT_S", 0.05)
    async with serve(create_app(Held())) as path:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + b'{"prompt": "x')
        head, _, content = (await asyncio.wait_for(reader.readuntil(b"}}"), 10)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert json.loads(content)["error"]["type"] == "invalid_request_error"
        assert json.loads(content)["error"]["code"] == "body_timeout"
        writer.close()


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_failure(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    model = Held()
    async with serve(create_app(model)) as path, connected(path) as client:
        _, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + b'{"prompt": "x')
        writer.close()
        await writer.wait_closed()
        assert (await client.get("/health")).status_code == 200
    assert not model.requests
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_client_that_stops_reading_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "READER_TIMEOUT_S", 0.05)
    ended = asyncio.Event()

    class Endless(ScriptedModel):
        async def sample_steps(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Sequence[Delta], None]:
            del prompt, params
            try:
                while True:
                    yield [Delta(index=0, text="x" * 10_000, tokens=())]
            finally:
                ended.set()

    async with serve(create_app(Endless())) as path, connected(path) as client:
        _, writer = await asyncio.open_unix_connection(str(path))
        content = b'{"prompt": "x", "stream": true}'
        writer.write(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
        await asyncio.wait_for(ended.wait(), 10)
        assert (await client.get("/health")).status_code == 200
        writer.close()


async def test_two_hundred_clients_at_once_are_all_answered(serve: Serve) -> None:
    model = Held()
    async with serve(create_app(model)) as path:

        async def ask() -> httpx.Response:
            async with connected(path) as client:
                return await client.post("/v1/completions", json={"prompt": "", "max_tokens": 4})

        answers = await asyncio.gather(*(ask() for _ in range(200)))
    assert {(answer.status_code, answer.json()["choices"][0]["text"]) for answer in answers} == {(200, "péss")}
    assert model.running == 0


async def test_each_caller_is_told_of_its_own_prompts_alone(serve: Serve) -> None:
    model = Held()
    caches = {"0": CacheStatistics(prompts=3, reused=40), None: CacheStatistics(prompts=1)}
    model.current_health = replace(READY, caches=caches)
    async with (
        serve(BearerTokens(create_app(model), ("first", "second"))) as path,
        connected(path) as client,
    ):
        told = [
            (await client.get("/health", headers={"Authorization": f"Bearer {token}"})).json()["cache"]
            for token in ("first", "second")
        ]
    assert [(cache["prompts"], cache["reused"]) for cache in told] == [(3, 40), (0, 0)]


async def test_a_huge_body_is_refused(serve: Serve) -> None:
    response = await answered(serve, Held(), b" " * (16 * 1024 * 1024 + 1))
    assert response.status_code == 400
    assert "longer" in response.json()["error"]["message"]


async def test_unknown_fields_are_logged_once_by_name(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    body = {"prompt": "secret text", "best_of": 3, "codex": {"mood": "good"}}
    async with serve(create_app(Held())) as path, connected(path) as client:
        for _ in range(2):
            assert (await client.post("/v1/completions", json=body)).status_code == 200
    named = [record.getMessage() for record in caplog.records if "not known" in record.getMessage()]
    assert len(named) == 2
    assert "best_of" in named[0]
    assert "codex.mood" in named[1]
    assert "secret text" not in caplog.text


async def test_another_model_is_not_found(serve: Serve) -> None:
    response = await answered(serve, Held(), {"prompt": "", "model": "gpt-5"})
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"
    assert "`held`" in response.json()["error"]["message"]


async def test_an_adapter_is_asked_for_by_name(serve: Serve) -> None:
    model = ScriptedModel(["x"], capabilities=replace(everything("held"), adapters=("shop", "a@b")))
    async with serve(create_app(model)) as path, connected(path) as client:
        for name, adapter in (("held@shop", "shop"), ("held@a@b", "a@b"), ("held", None)):
            answer = await client.post("/v1/completions", json={"prompt": "", "model": name})
            assert answer.json()["model"] == name
            assert model.requests[-1].params.adapter == adapter
        listed = (await client.get("/v1/models")).json()["data"]
    assert [(entry["id"], entry["root"]) for entry in listed] == [
        ("held", "held"),
        ("held@shop", "held"),
        ("held@a@b", "held"),
    ]


@pytest.mark.parametrize("adapter", ["other", "", "../shop", "/etc", "shop@shop"])
async def test_an_adapter_that_no_setting_names_is_not_found(serve: Serve, adapter: str) -> None:
    model = ScriptedModel(["x"], capabilities=replace(everything("held"), adapters=("shop",)))
    async with serve(create_app(model)) as path, connected(path) as client:
        answer = await client.post("/v1/completions", json={"prompt": "", "model": f"held@{adapter}"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "adapter_unusable"
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert not model.requests


async def test_no_score_under_an_adapter(serve: Serve) -> None:
    model = ScriptedModel(["x"], capabilities=replace(everything("held"), adapters=("shop",)))
    body = {"prompt": "", "model": "held@shop", "max_tokens": 0, "codex": {"score": "x"}}
    async with serve(create_app(model)) as path, connected(path) as client:
        answer = await client.post("/v1/completions", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_supported")


@pytest.mark.parametrize(
    ("health", "code", "word"),
    [
        (Health(state=HealthState.LOADING, percent=40), "model_loading", "40 %"),
        (Health(state=HealthState.FAILED, percent=0, detail="weights are cut off"), "model_failed", "cut off"),
    ],
)
async def test_a_model_that_is_not_ready(serve: Serve, health: Health, code: str, word: str) -> None:
    model = Held()
    model.current_health = health
    async with serve(create_app(model)) as path, connected(path) as client:
        for response in (await client.post("/v1/completions", json={"prompt": ""}), await client.get("/v1/models")):
            assert response.status_code == 503
            assert response.headers["retry-after"] == "1"
            assert response.json()["error"]["code"] == code
            assert word in response.json()["error"]["message"]
        state = await client.get("/health")
        assert state.status_code == 503
        told = {"state": health.state, "percent": health.percent, "detail": health.detail, "cache": None}
        assert state.json() == told


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ModelRefused("the prompt has 70 tokens, 64 fit"), 400, "refused"),
        (ModelUnavailable("out of memory"), 503, "model_failed"),
        (NotSupported("cannot"), 400, "not_supported"),
        (ZeroDivisionError("a bug"), 500, "internal"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_failures_before_the_first_byte(
    serve: Serve, error: Exception, status: int, code: str, *, stream: bool
) -> None:
    response = await answered(serve, Held(failure=error), {"prompt": "", "stream": stream})
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert "Traceback" not in response.text


async def test_a_failure_half_way_ends_the_stream_without_its_closing_mark(serve: Serve) -> None:
    model = Held(failure=ModelUnavailable("the device is gone"), fail_at_step=1)
    response = await answered(serve, model, {"prompt": "", "stream": True})
    assert response.status_code == 200
    first, last, _ = response.text.split("\n\n")
    assert json.loads(first.removeprefix("data: "))["choices"][0]["text"] == "p"
    assert json.loads(last.removeprefix("data: "))["error"]["message"] == "the device is gone"


async def test_models_tell_capabilities(serve: Serve) -> None:
    async with serve(create_app(Held())) as path, connected(path) as client:
        answer = (await client.get("/v1/models")).json()
    assert answer["object"] == "list"
    assert answer["data"][0]["id"] == "held"
    assert answer["data"][0]["capabilities"]["max_context"] == 2048


async def test_unknown_addresses_and_methods_have_the_same_shape(serve: Serve) -> None:
    async with serve(create_app(Held())) as path, connected(path) as client:
        assert (await client.get("/v1/chat")).json()["error"]["message"] == "Not Found"
        assert (await client.get("/v1/completions")).status_code == 405

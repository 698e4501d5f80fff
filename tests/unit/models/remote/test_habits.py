"""A peer with the habits of llama-cpp-python 0.3.36, as recorded, and what the client makes of them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from codex_lsp.errors import ModelRefused, ModelUnavailable
from codex_lsp.models.remote.habits import LLAMA_CPP, LLAMA_CPP_PYTHON, ORDINARY, habits_of
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.types import FinishReason, Prompt, SamplingParams, Token

ServeTcp = Callable[[ASGIApp], AbstractAsyncContextManager[str]]

MODEL = "/models/codex-lsp.gguf"
PROMPT = Prompt(header=None, prefix="import os\n\ndef main():\n    ", suffix="\n\nmain()\n")
TOO_LONG = "This model's maximum context length is 2048 tokens, however you requested 6002 tokens"
NO_LOGPROBS = "logprobs is not supported for models created with logits_all=False"


def piece(text: str, logprob: float) -> dict[str, Any]:
    """One token of a stream, as it was recorded."""
    logprobs = {"tokens": [text], "text_offset": [51], "token_logprobs": [logprob], "top_logprobs": [{text: logprob}]}
    return {"text": text, "index": 0, "logprobs": logprobs, "finish_reason": None}


def end(reason: str) -> dict[str, Any]:
    return {"text": "", "index": 0, "logprobs": None, "finish_reason": reason}


def event(choice: dict[str, Any]) -> str:
    answer = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": MODEL, "choices": [choice]}
    return f"data: {json.dumps(answer)}\n\n"


class LlamaCppPython:
    """One stream at a time: a second request ends the first with `[DONE]`. Faults are told to those who do not stream.

    Attributes:
        choices: What a row is made of.
        fault: What is wrong with every request, with its status, unless None.
        owner: Who its models are said to belong to.
    """

    def __init__(self, *choices: dict[str, Any], fault: tuple[int, str] | None = None, owner: str = "me") -> None:
        self.choices = choices
        self.fault = fault
        self.owner = owner
        self.bodies: list[dict[str, Any]] = []
        self.broken_off = 0
        self.left = asyncio.Event()
        self._asked = 0
        self.app = Starlette(
            routes=[Route("/v1/models", self._models), Route("/v1/completions", self._completions, methods=["POST"])]
        )

    async def _models(self, _: Request) -> Response:
        entry = {"id": MODEL, "object": "model", "owned_by": self.owner, "permissions": []}
        return JSONResponse({"object": "list", "data": [entry]})

    async def _completions(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        self._asked += 1
        fault = self.fault
        if fault is not None and "logprobs" in fault[1] and "logprobs" not in body:
            fault = None
        if fault is not None and not body["stream"]:
            return JSONResponse({"error": {"message": fault[1], "type": "invalid_request_error"}}, fault[0])
        stream = self._broken() if fault is not None else self._row(self._asked)
        return StreamingResponse(stream, media_type="text/event-stream")

    async def _broken(self) -> AsyncGenerator[str, None]:
        for nothing in ():
            yield nothing

    async def _row(self, number: int) -> AsyncGenerator[str, None]:
        try:
            for choice in self.choices:
                yield event(choice)
                await asyncio.sleep(0.01)  # another request may come in between
                if self._asked > number:
                    self.broken_off += 1
                    break
            yield "data: [DONE]\n\n"
        except (asyncio.CancelledError, GeneratorExit):
            self.left.set()
            raise


ROW = (piece(" import", -1.25), piece(" sys", -2.5), end("stop"))


async def texts_of(model: OpenAIModel, params: SamplingParams) -> dict[int, tuple[str, FinishReason | None]]:
    texts: dict[int, tuple[str, FinishReason | None]] = {}
    async with aclosing(model.sample(PROMPT, params)) as deltas:
        async for delta in deltas:
            before, reason = texts.get(delta.index, ("", None))
            texts[delta.index] = (before + delta.text, delta.finish_reason or reason)
    return texts


async def test_rows_are_asked_for_one_after_the_other(serve_tcp: ServeTcp) -> None:
    peer = LlamaCppPython(*ROW)
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        both = await asyncio.gather(*(texts_of(model, SamplingParams(n=3, greedy_first=True, seed=7)) for _ in "ab"))
        await model.close()
    assert both == [dict.fromkeys(range(3), (" import sys", FinishReason.STOP))] * 2
    assert peer.broken_off == 0
    assert [body["n"] for body in peer.bodies] == [1] * 6
    assert {body["seed"] for body in peer.bodies if body["temperature"] > 0} == {7, 8}


async def test_what_it_does_to_logits_of_its_own_accord_is_turned_off(serve_tcp: ServeTcp) -> None:
    peer = LlamaCppPython(*ROW)
    async with serve_tcp(peer.app) as url:
        for owner in ("me", "llamacpp", "vllm"):
            peer.owner = owner
            model = OpenAIModel(url)
            await texts_of(model, SamplingParams(n=1, temperature=0.0))
            await model.close()
        peer.owner = "me"
        model = OpenAIModel(url, model="alias")
        await texts_of(model, SamplingParams(n=1))
        await model.close()
    told = [{name: body.get(name) for name in ("top_k", "min_p", "repeat_penalty")} for body in peer.bodies]
    plain = {"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0}
    assert told == [plain, plain, dict.fromkeys(plain), plain]
    assert peer.bodies[-1]["model"] == "alias"


async def test_the_file_names_the_template(serve_tcp: ServeTcp) -> None:
    peer = LlamaCppPython(*ROW)
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        assert (await model.capabilities()).fim
        await texts_of(model, SamplingParams(n=1))
        await model.close()
    assert peer.bodies[0]["prompt"].startswith("<|fim_suffix|>\n\nmain()\n<|fim_prefix|>import os")


async def test_an_answer_that_another_client_broke_off_is_no_answer(serve_tcp: ServeTcp) -> None:
    peer = LlamaCppPython(*ROW)
    async with serve_tcp(peer.app) as url:
        models = [OpenAIModel(url), OpenAIModel(url)]
        asked = [asyncio.create_task(texts_of(model, SamplingParams(n=1))) for model in models]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for model in models:
            await model.close()
    failures = [answer for answer in answers if isinstance(answer, ModelUnavailable)]
    assert len(failures) == peer.broken_off == 1
    assert "broke off for somebody else's request; start it with `--interrupt_requests false`" in str(failures[0])


async def test_a_row_ends_before_text_that_the_server_drops(serve_tcp: ServeTcp) -> None:
    cafe = (piece(" caf", -0.5), piece("", -0.25), piece("", -0.5), piece(" au", -1.0), *[piece(" lait", -1.0)] * 9)
    peer = LlamaCppPython(*cafe, end("length"))
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        deltas = [delta async for delta in model.sample(PROMPT, SamplingParams(n=1))]
        # Nothing more is wanted of it, so its turn is over.
        await asyncio.wait_for(peer.left.wait(), 10)
        await model.close()
    assert "".join(delta.text for delta in deltas) == " caf"
    assert deltas[-1].finish_reason is FinishReason.LENGTH
    assert [token for delta in deltas for token in delta.tokens] == [Token(id=None, logprob=-0.5, end=4)]


async def test_empty_tokens_of_other_servers_end_nothing(serve_tcp: ServeTcp) -> None:
    peer = LlamaCppPython(piece("a", -0.5), piece("", -0.25), piece("b", -0.5), end("stop"), owner="vllm")
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        assert await texts_of(model, SamplingParams(n=1)) == {0: ("ab", FinishReason.STOP)}
        await model.close()


async def test_a_fault_that_a_stream_keeps_to_itself_is_asked_for(serve_tcp: ServeTcp) -> None:
    peer = LlamaCppPython(*ROW, fault=(400, TOO_LONG))
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        with pytest.raises(ModelRefused, match="maximum context length is 2048 tokens"):
            await texts_of(model, SamplingParams(n=1))
        await model.close()
    assert [(body["stream"], body["max_tokens"]) for body in peer.bodies] == [(True, 64), (False, 1)]


async def test_a_server_without_all_logits_is_asked_without_logprobs(serve_tcp: ServeTcp) -> None:
    peer = LlamaCppPython(*ROW, fault=(500, NO_LOGPROBS))
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        assert await texts_of(model, SamplingParams(n=1)) == {0: (" import sys", FinishReason.STOP)}
        await model.close()
    assert ["logprobs" in body for body in peer.bodies] == [True, True, False]


async def test_a_fault_that_is_not_told_at_all_stays_what_it_was(serve_tcp: ServeTcp) -> None:
    peer = LlamaCppPython(*ROW)
    peer.choices = ()
    async with serve_tcp(peer.app) as url:
        model = OpenAIModel(url)
        with pytest.raises(ModelUnavailable, match="see the server's log"):
            await texts_of(model, SamplingParams(n=1))
        await model.close()


@pytest.mark.parametrize(
    ("entry", "habits"),
    [
        ({"id": "x", "owned_by": "me"}, LLAMA_CPP_PYTHON),
        ({"id": "x", "owned_by": "llamacpp"}, LLAMA_CPP),
        ({"id": "x", "owned_by": ["me"]}, ORDINARY),
        ({"id": "x", "owned_by": None}, ORDINARY),
        ({"id": "x"}, ORDINARY),
    ],
)
def test_habits_are_told_by_the_owner(entry: dict[str, Any], habits: object) -> None:
    assert habits_of(entry) == habits

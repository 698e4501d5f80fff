"""`POST /v1/completions`: one request from its body to its last byte."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from codex_lsp.errors import AdapterUnusable, NotSupported
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.steps import steps_of
from codex_lsp.models.wire import DONE, MEMORY_HEADER, MEMORY_LOST, CompletionCall, dump, event
from codex_lsp.service import failures
from codex_lsp.service.answers import Answer
from codex_lsp.service.auth import TENANT
from codex_lsp.service.disconnect import until_caller_leaves
from codex_lsp.service.fields import Fields, InvalidRequest
from codex_lsp.service.memories import Memories
from codex_lsp.service.validation import parse_call
from codex_lsp.types import Capabilities, Delta, FinishReason

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 16 * 1024 * 1024
# Nobody is waited for for ever: a caller who sends no more of a body, or who reads no more of an answer.
BODY_TIMEOUT_S = 30.0
READER_TIMEOUT_S = 30.0
# A caller may invent names for ever; only so many are remembered and logged.
MAX_LOGGED_NAMES = 100
EVENT_STREAM = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]


class Completions:
    """The route, as an ASGI application over one model."""

    def __init__(self, model: LanguageModel) -> None:
        """Sample and score with `model`."""
        self._model = model
        self._logged: set[str] = set()
        self._memories = Memories()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; every failure before the first byte has a status and a body."""
        request = Request(scope, receive)
        try:
            call, unknown = parse_call(await _read_body(request))
            call = replace(call, params=replace(call.params, tenant=scope.get(TENANT)))
            self._log_once(unknown)
            response = failures.not_ready(await self._model.health())
            if response is None:
                call, send = self._with_memory(call, send)
                call = self._with_adapter(call, await self._model.capabilities())
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - told in one line, and logged where nobody foresaw it
            await failures.error_response(error)(scope, receive, send)
            return
        if response is not None:
            await response(scope, receive, send)
        else:
            await until_caller_leaves(self._answer(call, scope, receive, send), receive)

    async def forget(self, request: Request) -> Response:
        """`DELETE /v1/memory/{session}`: what a session told is dropped."""
        self._memories.drop(request.scope.get(TENANT), request.path_params["session"])
        return Response(status_code=204)

    def _with_memory(self, call: CompletionCall, send: Send) -> tuple[CompletionCall, Send]:
        """The call with what its session holds; the answer says where that is not what the caller thinks.

        Raises:
            InvalidRequest: A field is wrong.
        """
        if call.memory is None:
            return call, send
        memory, agrees = self._memories.take(call.params.tenant, Fields(call.memory, path="codex.memory."))
        call = replace(call, params=replace(call.params, memory=memory))
        return call, send if agrees else _saying_lost(send)

    @staticmethod
    def _with_adapter(call: CompletionCall, capabilities: Capabilities) -> CompletionCall:
        """The call with the adapter that its `model` names after an `@`.

        Raises:
            UnknownModel: Something else is asked for than what is served.
            AdapterUnusable: The adapter is not one that the engine's own settings name.
        """
        served = capabilities.model
        if call.model is None or call.model == served:
            return call
        if not call.model.startswith(f"{served}@"):
            raise failures.UnknownModel(f"`{call.model[:200]}` is not served here; `{served}` is")
        adapter = call.model.removeprefix(f"{served}@")
        if adapter not in capabilities.adapters:
            raise AdapterUnusable(f"adapter `{adapter[:200]}` is not served here; name its folder in `adapters`")
        if call.score is not None:
            raise NotSupported(f"`score` is not answered under an adapter; ask `{served}`")
        return replace(call, params=replace(call.params, adapter=adapter))

    async def _answer(self, call: CompletionCall, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Answer(call, call.model or (await self._model.capabilities()).model)
        async with aclosing(self._steps(call)) as steps:
            try:
                # The status waits for the first step: what the model refuses, it refuses before that.
                first = list(await anext(steps))
                rest = [] if call.stream else [delta async for deltas in steps for delta in deltas]
            except Exception as error:  # noqa: BLE001 - told in one line, and logged where nobody foresaw it
                await failures.error_response(error)(scope, receive, send)
                return
            if call.stream:
                await _stream(answer, first, steps, send)
            else:
                await failures.json_response(answer.whole(first + rest))(scope, receive, send)

    async def _steps(self, call: CompletionCall) -> AsyncGenerator[Sequence[Delta], None]:
        if call.score is not None:
            tokens = await self._model.score(call.prompt, call.score)
            yield (Delta(index=0, text=call.score, tokens=tokens, finish_reason=FinishReason.LENGTH),)
            return
        async with aclosing(steps_of(self._model, call.prompt, call.params)) as steps:
            async for deltas in steps:
                yield deltas

    def _log_once(self, names: list[str]) -> None:
        for name in names:
            if name not in self._logged and len(self._logged) < MAX_LOGGED_NAMES:
                self._logged.add(name)
                logger.warning("request field %r is not known here and is ignored", name[:80])


def _saying_lost(send: Send) -> Send:
    async def say(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (MEMORY_HEADER.encode(), MEMORY_LOST.encode())]
            message = {**message, "headers": headers}
        await send(message)

    return say


async def _read_body(request: Request) -> bytes:
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                data += chunk
                if len(data) > MAX_BODY_BYTES:
                    raise InvalidRequest(f"the body is longer than {MAX_BODY_BYTES} bytes")
    except TimeoutError as error:
        raise failures.BodyTimeout(f"the body was not whole after {BODY_TIMEOUT_S:g} s; send it again") from error
    return bytes(data)


async def _stream(
    answer: Answer, first: Sequence[Delta], rest: AsyncGenerator[Sequence[Delta], None], send: Send
) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": EVENT_STREAM})
    try:
        async with aclosing(_events(answer, first, rest)) as events:
            async for data, last in events:
                async with asyncio.timeout(READER_TIMEOUT_S):
                    await send({"type": "http.response.body", "body": event(data), "more_body": not last})
    except TimeoutError:
        # Nothing more can be told to them; the server drops what was not sent with the connection.
        logger.info("a caller read nothing for %g s; their generation is ended", READER_TIMEOUT_S)


async def _events(
    answer: Answer, first: Sequence[Delta], rest: AsyncGenerator[Sequence[Delta], None]
) -> AsyncGenerator[tuple[bytes, bool], None]:
    """The data of each event, one a step, and whether it is the last one.

    The last one goes out together with the end of the body: a caller that reads the one has the other too, and may ask
    again over the same connection.
    """
    yield dump(answer.chunk(first)), False
    try:
        async for deltas in rest:
            yield dump(answer.chunk(deltas)), False
    except Exception as error:  # noqa: BLE001 - told in the stream, without the closing mark, and logged
        yield dump(failures.describe(error)[1]), True
        return
    yield DONE.encode(), True

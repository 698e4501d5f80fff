"""Asks any other server of the OpenAI completions wire: rendered text out, tokens as far as it tells them back.

What a server cannot do is found out by asking once and remembered: a server that ignores or refuses `n` is asked once
for each row, in parallel; one that refuses `logprobs` or many stop sequences is asked without.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import replace

from codex_lsp.errors import ModelError, ModelUnavailable
from codex_lsp.models.remote.connection import Answers, Connection
from codex_lsp.models.remote.failures import RequestRefused
from codex_lsp.models.remote.habits import ORDINARY, Habits
from codex_lsp.models.remote.merge import merged
from codex_lsp.models.remote.tokens import RowDecoder
from codex_lsp.models.templates import Template, chat_text, defang, render_text
from codex_lsp.models.wire import Json, WireError, choice_row, choices_of, sampling_json
from codex_lsp.types import Delta, Prompt, SamplingParams

logger = logging.getLogger(__name__)

# What the first server of this wire took; the caller's own come first, and its reader truncates at all of them.
FEW_STOPS = 4


class ForeignServer:
    """One model of one server."""

    def __init__(
        self,
        connection: Connection,
        model: str,
        template: Template,
        *,
        habits: Habits = ORDINARY,
        chats: bool = False,
    ) -> None:
        """Ask for `model` over `connection`, with prompts rendered by `template`, of a server that has `habits`.

        Instructions go to the chat endpoint of one that `chats`, where the server lays them out.
        """
        self._connection = connection
        self._model = model
        self._template = template
        self._chats = chats
        self._habits = habits
        self._turn: AbstractAsyncContextManager[object] = asyncio.Lock() if habits.breaks_off else nullcontext()
        self._serves_rows = habits.serves_rows
        self._serves_logprobs = True
        self._most_stops: int | None = None
        self._zeros_are_real = False

    def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Sample `params.n` rows.

        Raises:
            ModelUnavailable: The server fails or goes away half-way.
            ModelRefused: It refuses the request.
        """
        if self._chats and prompt.instruction is not None:
            said = _readable(defang(self._template, chat_text(prompt)))
            asked: Json = {"messages": [{"role": "user", "content": said}]}
        else:
            asked = {"prompt": _readable(render_text(self._template, prompt))}
            params = replace(params, stop=tuple(dict.fromkeys((*params.stop, *self._template.stop))))
        sources: list[AsyncGenerator[Delta, None]] = []
        if params.greedy_first:
            sources.append(self._rows(asked, replace(params, n=1, temperature=0.0, top_p=1.0), first=0))
        if params.n > len(sources):
            sources.append(self._rows(asked, replace(params, n=params.n - len(sources)), first=len(sources)))
        return merged(sources)

    async def _rows(self, asked: Json, params: SamplingParams, *, first: int) -> AsyncGenerator[Delta, None]:
        """Rows `first` and on, by one request if the server answers several rows, else by one for each."""
        missing = set(range(params.n))
        if self._serves_rows or params.n == 1:
            try:
                async with aclosing(self._request(asked, params)) as deltas:
                    async for delta in deltas:
                        missing.discard(delta.index)
                        yield replace(delta, index=first + delta.index)
            except RequestRefused:
                if params.n == 1 or len(missing) < params.n:
                    raise
            if not missing:
                return
            if params.n == 1:
                raise ModelUnavailable(f"{self._connection.name}: an answer without a row; see the server's log")
            logger.info("%s: one row in a request; several are asked for in parallel", self._connection.name)
        sources = [self._row(asked, params, row, index=first + row) for row in sorted(missing)]
        async with aclosing(merged(sources)) as deltas:
            async for delta in deltas:
                # Only an answer proves that it was `n` which the server could not do.
                self._serves_rows = self._serves_rows and params.n == 1
                yield delta

    async def _row(self, asked: Json, params: SamplingParams, row: int, *, index: int) -> AsyncGenerator[Delta, None]:
        alone = replace(params, n=1, seed=params.seed + row)
        async with aclosing(self._request(asked, alone)) as deltas:
            async for delta in deltas:
                yield replace(delta, index=index)

    async def _request(self, asked: Json, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """One request; a refusal that names what can be done without is asked again without it."""
        while True:
            body = self._body(asked, params)
            begun = False
            try:
                async with self._turn, aclosing(self._posted(body, params.n)) as deltas:
                    async for delta in deltas:
                        begun = True
                        yield delta
            except ModelError as error:
                fault = error if begun else await self._told_fault(body, error)
                if begun or not self._gave_up(body, str(fault)):
                    raise fault from error.__cause__
            else:
                return

    async def _told_fault(self, body: Json, error: ModelError) -> ModelError:
        """What the server says of a failed request if it is not asked to stream; `error` where that is nothing."""
        if isinstance(error, RequestRefused) or not self._habits.fails_silently:
            return error
        whole = body | {"stream": False, "max_tokens": 1}
        try:
            async with self._turn, self._connection.post(whole) as answers, aclosing(answers.read()) as stream:
                async for _ in stream:
                    pass
        except ModelError as fault:
            return fault
        return error

    def _gave_up(self, body: Json, refusal: str) -> bool:
        """Whether `refusal` names a field of `body` that can be left out or shortened from now on."""
        if "logprobs" in body and "logprob" in refusal:
            logger.info("%s: gives no log-probabilities", self._connection.name)
            self._serves_logprobs = False
            return True
        if len(body["stop"]) > FEW_STOPS and "stop" in refusal:
            logger.info("%s: takes %d stop sequences only", self._connection.name, FEW_STOPS)
            self._most_stops = FEW_STOPS
            return True
        return False

    def _body(self, asked: Json, params: SamplingParams) -> Json:
        body: Json = sampling_json(params) | {"model": self._model, **asked, "stream": True}
        body["stop"] = body["stop"][: self._most_stops]
        body |= self._habits.plain_sampling
        return body | {"logprobs": True if "messages" in asked else 1} if self._serves_logprobs else body

    async def _posted(self, body: Json, rows: int) -> AsyncGenerator[Delta, None]:
        decoders: dict[int, RowDecoder] = {}
        async with self._connection.post(body) as answers:
            async with aclosing(self._decoded(answers, decoders, rows)) as deltas:
                async for delta in deltas:
                    yield delta
            if not answers.complete and not all(decoder.finished for decoder in decoders.values()):
                name = self._connection.name
                raise ModelUnavailable(f"{name}: the answer ended in the middle; see the server's log")
            if self._habits.fails_silently and not decoders:
                raise ModelUnavailable(f"{self._connection.name}: an empty answer; see the server's log")
        for row, decoder in decoders.items():
            if not decoder.finished and self._habits.breaks_off:
                message = "broke off for somebody else's request; start it with `--interrupt_requests false`"
                raise ModelUnavailable(f"{self._connection.name}: {message}")
            if not decoder.finished:
                yield decoder.delta({"index": row, "text": "", "finish_reason": "stop"})

    async def _decoded(
        self, answers: Answers, decoders: dict[int, RowDecoder], rows: int
    ) -> AsyncGenerator[Delta, None]:
        async with aclosing(answers.read()) as stream:
            async for answer in stream:
                for choice in choices_of(answer):
                    row, _ = choice_row(choice)
                    if not 0 <= row < rows:
                        raise WireError(f"row {row} of {rows}")
                    decoder = decoders.get(row) or self._decoder(row)
                    decoders[row] = decoder
                    if not decoder.finished:
                        delta = decoder.delta(choice)
                        self._zeros_are_real |= any(token.logprob for token in delta.tokens)
                        yield delta
                    if decoder.cut:
                        return

    def _decoder(self, row: int) -> RowDecoder:
        return RowDecoder(row, zeros_are_real=lambda: self._zeros_are_real, cuts_at_nothing=self._habits.drops_bytes)


def _readable(text: str) -> str:
    """The text without lone surrogates, which no server reads: it is shown the replacement character instead."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

"""Asks our own engine: structured prompts out, exact tokens back."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.remote.connection import Connection
from codex_lsp.models.wire import CompletionCall, call_json, choices_of, parse_choice
from codex_lsp.types import Delta, Prompt, SamplingParams, Token


async def sample_own(
    connection: Connection, model: str, prompt: Prompt, params: SamplingParams
) -> AsyncGenerator[Delta, None]:
    """Sample `params.n` rows from the engine.

    Raises:
        ModelUnavailable: The engine fails or goes away half-way.
        ModelRefused: It refuses the request.
        AdapterUnusable: It refuses the adapter alone.
    """
    open_rows = set(range(params.n))
    served = model if params.adapter is None else f"{model}@{params.adapter}"
    asked = replace(params, document=_opaque(connection.salt, params.document), client=_opaque(connection.salt, ""))
    body = call_json(CompletionCall(model=served, prompt=prompt, params=asked))
    async with connection.post(body) as answers, aclosing(answers.read()) as stream:
        async for answer in stream:
            for choice in choices_of(answer):
                delta = parse_choice(choice)
                yield delta
                if delta.finish_reason is not None:
                    open_rows.discard(delta.index)
    if open_rows:
        raise ModelUnavailable(f"{connection.name}: the engine went away in the middle of an answer; ask again")


async def score_own(connection: Connection, model: str, prompt: Prompt, text: str) -> tuple[Token, ...]:
    """Log-probabilities of `text` after `prompt`, from the engine.

    Raises:
        ModelUnavailable: The engine fails.
        ModelRefused: It refuses the request.
    """
    params = SamplingParams(n=1, max_tokens=0)
    body = call_json(CompletionCall(model=model, prompt=prompt, params=params, stream=False, score=text))
    tokens: tuple[Token, ...] = ()
    async with connection.post(body) as answers, aclosing(answers.read()) as stream:
        async for answer in stream:
            for choice in choices_of(answer):
                tokens += parse_choice(choice).tokens
    return tokens


def _opaque(salt: bytes, document: str | None) -> str | None:
    """A name for the engine: no path, and another one for every client that has the same document open."""
    if document is None:
        return None
    return hashlib.blake2b(document.encode("utf-8", "surrogatepass"), key=salt, digest_size=12).hexdigest()

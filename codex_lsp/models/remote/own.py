"""Asks our own engine: structured prompts out, exact tokens back."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace

from codex_lsp.errors import ModelError, ModelUnavailable
from codex_lsp.models.remote.connection import Connection
from codex_lsp.models.wire import CompletionCall, call_json, choices_of, parse_choice
from codex_lsp.types import Delta, Prompt, SamplingParams, Token, WorkspaceTexts


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

    def opaque(document: str) -> str:
        return _opaque(connection.salt, document)

    document = None if params.document is None else opaque(params.document)
    asked = replace(params, document=document, client=opaque(""))
    told = connection.told
    # Texts of other documents stay on this machine, whoever serves the model.
    texts = params.memory if connection.is_local else None
    await _leave_session(connection, texts)
    memory = None if texts is None else told.changes(texts, opaque)
    body = call_json(CompletionCall(model=served, prompt=prompt, params=asked, memory=memory))
    async with connection.post(body) as answers, aclosing(answers.read()) as stream:
        if answers.memory_lost:
            told.lost()
        elif texts is not None:
            told.told(texts, opaque)
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


async def forget_own(connection: Connection) -> None:
    """Have the engine drop what it was told; one that is not there any more has done so.

    A session ends with its engine, or when sixteen others have asked since, in any case.
    """
    session, connection.told.session = connection.told.session, None
    if session is not None:
        with suppress(ModelError):
            await connection.delete(f"memory/{session}")


async def _leave_session(connection: Connection, texts: WorkspaceTexts | None) -> None:
    """Have the engine drop what was told in another session than that of `texts`: some of it is excluded now."""
    session = connection.told.session
    if session is not None and (texts is None or texts.session.name != session):
        await forget_own(connection)


def _opaque(salt: bytes, document: str) -> str:
    """A document's name for the engine: no path, and another one for every client that has the document open."""
    return hashlib.blake2b(document.encode("utf-8", "surrogatepass"), key=salt, digest_size=12).hexdigest()

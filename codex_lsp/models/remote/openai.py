"""A model behind the OpenAI completions wire: our own engine, or any other server."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import ModelError, ModelRefused, ModelUnavailable, NotSupported
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.remote.connection import Connection
from codex_lsp.models.remote.failures import from_junk, from_status
from codex_lsp.models.remote.foreign import ForeignServer
from codex_lsp.models.remote.habits import habits_of
from codex_lsp.models.remote.own import forget_own, sample_own, score_own
from codex_lsp.models.templates import PLAIN, Template, chats, template_for_model, template_named
from codex_lsp.models.wire import Json, WireError, dump, parse_capabilities, parse_health
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token

logger = logging.getLogger(__name__)

LOADING_TIMEOUT_S = 600.0
POLL_S = 0.1
OK = 200
UNAVAILABLE = 503
NOT_FOUND = 404
# Where a server does not say how much it holds.
DEFAULT_CONTEXT = 4096
# Where servers say it: vLLM and SGLang, then llama.cpp (under `meta`), then gateways.
CONTEXT_FIELDS = ("max_model_len", "n_ctx", "n_ctx_train", "context_length", "context_window", "max_context_length")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """What was found at the address: `foreign` is None where it is our own engine."""

    capabilities: Capabilities
    foreign: ForeignServer | None


class OpenAIModel:
    """One model of one server; our own engine is told by the capabilities it lists."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        template: str | None = None,
        chats: bool | None = None,
        socket: Path | None = None,
    ) -> None:
        """Name a server; nothing is sent before the first use.

        Args:
            base_url: For example `http://127.0.0.1:8000/v1`.
            model: Its name there, or None for the first one the server lists.
            api_key: Sent in the `Authorization` header only.
            template: Prompt template family for servers other than ours; None to tell it from the model's name.
            chats: It follows instructions, asked by `/chat/completions`; None to tell it from the model's name.
            socket: A Unix socket to use instead of the host of `base_url`.

        Raises:
            UsageError: The address, the key or the template cannot be used.
        """
        self._connection = Connection(base_url, api_key=api_key, socket=socket)
        self._model = model
        self._template = None if template is None else template_named(template)
        self._chats = chats
        self._served: _Served | None = None

    async def health(self) -> Health:
        """Where the server stands; a server without `/health` is ready when it answers at all."""
        try:
            status, answer = await self._connection.get("health", above=True)
        except ModelError as error:
            return Health(state=HealthState.FAILED, percent=0, detail=str(error))
        health = parse_health(answer)
        if health is not None:
            return health
        if status == UNAVAILABLE:
            return Health(state=HealthState.LOADING, percent=0, detail=f"{self._connection.name} is loading")
        return Health(state=HealthState.READY, percent=100)

    async def capabilities(self) -> Capabilities:
        """What the server can do; cached once known. Waits for a server that is loading."""
        return (await self._found()).capabilities

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Sample rows; closing the iteration closes the stream."""
        served = await self._found()
        if served.foreign is None:
            deltas = sample_own(self._connection, served.capabilities.model, prompt, params)
        else:
            deltas = served.foreign.sample(prompt, params)
        async with aclosing(deltas):
            async for delta in deltas:
                yield delta

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Log-probabilities of a given text; our own engine only."""
        served = await self._found()
        if served.foreign is not None:
            raise NotSupported(f"{self._connection.name}: this server gives no log-probabilities of a given text")
        return await score_own(self._connection, served.capabilities.model, prompt, text)

    async def close(self) -> None:
        """Close all connections; our own engine forgets what it was told of this session."""
        await forget_own(self._connection)
        await self._connection.close()

    async def _found(self) -> _Served:
        if self._served is None:
            await self._loaded()
            found = await self._look()
            # Whoever looked at the same time found the same; there is one queue of requests to one server.
            self._served = self._served or found
        return self._served

    async def _loaded(self) -> None:
        deadline = asyncio.get_running_loop().time() + LOADING_TIMEOUT_S
        while (health := await self.health()).state is not HealthState.READY:
            if health.state is HealthState.FAILED:
                raise ModelUnavailable(health.detail)
            if asyncio.get_running_loop().time() > deadline:
                raise ModelUnavailable(f"{self._connection.name}: still loading after {LOADING_TIMEOUT_S:g} s")
            await asyncio.sleep(POLL_S)

    async def _look(self) -> _Served:
        status, answer = await self._connection.get("models")
        if status == NOT_FOUND and self._model is not None:
            entry: Json = {"id": self._model}  # a server without a list is asked for the model it was said to have
        elif status != OK:
            raise self._connection.scrubbed(from_status(status, dump(answer), self._connection.name, None))
        else:
            entry = self._entry(answer)
        capabilities = parse_capabilities(entry)
        if capabilities is not None:
            return _Served(capabilities=_local_tokenizer(capabilities), foreign=None)
        template = self._template or template_for_model(str(entry["id"])) or template_named(PLAIN)
        follows = chats(str(entry["id"])) if self._chats is None else self._chats
        foreign = ForeignServer(self._connection, str(entry["id"]), template, habits=habits_of(entry), chats=follows)
        return _Served(capabilities=_assumed(entry, template, chat=follows), foreign=foreign)

    def _entry(self, answer: Any) -> Json:
        """The entry of our model in a list of models; servers know aliases that they do not list."""
        listed = cast("Json", answer).get("data") if isinstance(answer, dict) else None
        entries = [
            entry
            for entry in cast("list[Any]", listed if isinstance(listed, list) else [])
            if isinstance(entry, dict) and "id" in entry
        ]
        if not entries:
            raise from_junk(WireError("no list of models"), self._connection.name)
        chosen = next((entry for entry in entries if entry["id"] == self._model), None)
        if chosen is not None or self._model is None:
            return chosen or entries[0]
        if parse_capabilities(entries[0]) is None:
            return {"id": self._model, "owned_by": entries[0].get("owned_by")}
        message = f"model `{self._model}` is not served there, `{entries[0]['id']}` is; mend `endpoint.model`"
        raise ModelRefused(f"{self._connection.name}: {message}")


def _local_tokenizer(capabilities: Capabilities) -> Capabilities:
    """Keep the tokenizer's path only where it leads to a file: the engine may be on another machine."""
    path = capabilities.tokenizer
    return capabilities if path is None or Path(path).is_file() else replace(capabilities, tokenizer=None)


def _assumed(entry: Json, template: Template, *, chat: bool) -> Capabilities:
    """What is taken for granted of a server that does not say; what proves wrong is made up for when it is met."""
    meta = entry.get("meta")
    said = entry | cast("Json", meta) if isinstance(meta, dict) else entry
    lengths = [said[name] for name in CONTEXT_FIELDS if type(said.get(name)) is int and said[name] > 0]
    return Capabilities(
        model=str(entry["id"]),
        fim=template.fim is not None,
        snippets=template.reads_snippets,
        n=True,
        logprobs=True,
        stream=True,
        chat=chat,
        score=False,
        max_context=lengths[0] if lengths else DEFAULT_CONTEXT,
    )

"""Sampling on a Ray cluster: a copy of the model for each of its GPUs, or processors where it has none."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from typing import Any

from codex_lsp.evaluation.ray_workers import RayWorkers, count_of
from codex_lsp.models.protocol import Health, HealthState, LanguageModel
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token

OpenModel = Callable[[], LanguageModel]


class RayModel:
    """A model whose copies answer a request each; what a lost copy was asked, another is.

    A row follows from its seed alone, so which copy draws it makes no difference. Rows come when all of their request
    have ended: half an answer is never given, and a request can be made twice.
    """

    def __init__(self, open_model: OpenModel) -> None:
        """Start the copies on the cluster that this process has joined.

        Args:
            open_model: Runs on a node and opens the model there.

        Raises:
            UsageError: The cluster has no processors.
        """
        self._pool = RayWorkers(partial(_Copy, open_model), gpus=count_of("GPU") > 0)
        self._threads = ThreadPoolExecutor(self._pool.count)

    @property
    def at_once(self) -> int:
        """How many requests are answered at a time."""
        return self._pool.count

    async def health(self) -> Health:
        """Ready, as a request waits for a copy that is."""
        return Health(state=HealthState.READY, percent=100)

    async def capabilities(self) -> Capabilities:
        """What the model can do.

        Raises:
            ModelUnavailable: It cannot be opened there.
        """
        return await self._call("capabilities")

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """All rows of a request, once all have ended.

        Raises:
            ModelError: The model failed.
            CodexLspError: Every copy was lost.
        """
        for delta in await self._call("sample", prompt, params):
            yield delta

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Teacher-forced raw log-probabilities.

        Raises:
            ModelError: The model failed, or cannot.
        """
        return await self._call("score", prompt, text)

    async def close(self) -> None:
        """End the copies."""
        self._threads.shutdown(cancel_futures=True)
        self._pool.close()

    async def _call(self, method: str, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._pool.call, method, *arguments)


class _Copy:
    """The model on a node, called by a thread that knows nothing of event loops."""

    def __init__(self, open_model: OpenModel) -> None:
        self._loop = asyncio.Runner()
        self._model = open_model()

    def capabilities(self) -> Capabilities:
        return self._loop.run(self._model.capabilities())

    def sample(self, prompt: Prompt, params: SamplingParams) -> list[Delta]:
        return self._loop.run(self._all(prompt, params))

    def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        return self._loop.run(self._model.score(prompt, text))

    async def _all(self, prompt: Prompt, params: SamplingParams) -> list[Delta]:
        async with aclosing(self._model.sample(prompt, params)) as deltas:
            return [delta async for delta in deltas]

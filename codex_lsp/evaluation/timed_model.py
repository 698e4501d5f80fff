"""A model that is watched while it decodes: how long its first token takes, and how long each one after it."""

import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from codex_lsp.models.protocol import Health, LanguageModel
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Decode:
    """One generation: milliseconds to its first delta, and for each further step of all rows; None without any."""

    first_ms: float
    step_ms: float | None


class TimedModel:
    """A `LanguageModel` that answers as another one does, and puts down what it took.

    Attributes:
        decodes: What was measured so far, in order.
    """

    def __init__(self, model: LanguageModel, *, clock_s: Callable[[], float] = time.perf_counter) -> None:
        """Watch `model`; `clock_s` gives seconds."""
        self.decodes: list[Decode] = []
        self._model = model
        self._clock_s = clock_s

    async def health(self) -> Health:
        """The model's own."""
        return await self._model.health()

    async def capabilities(self) -> Capabilities:
        """The model's own."""
        return await self._model.capabilities()

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """The model's own deltas; a step is counted for each token of the row that has most."""
        started = self._clock_s()
        first: float | None = None
        last = started
        tokens: Counter[int] = Counter()
        in_first = 0
        try:
            async with aclosing(self._model.sample(prompt, params)) as deltas:
                async for delta in deltas:
                    last = self._clock_s()
                    tokens[delta.index] += len(delta.tokens)
                    if first is None:
                        first, in_first = last, max(len(delta.tokens), 1)
                    yield delta
        finally:
            if first is not None:
                steps = max(tokens.values()) - in_first
                step_ms = (last - first) * 1000 / steps if steps > 0 else None
                self.decodes.append(Decode(first_ms=(first - started) * 1000, step_ms=step_ms))

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """The model's own."""
        return await self._model.score(prompt, text)

    async def close(self) -> None:
        """Nothing: the model is its owner's."""

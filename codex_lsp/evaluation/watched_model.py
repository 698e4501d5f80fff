"""A model in real time, watched: what its generations cost, so that virtual time can be given their pace."""

import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

from codex_lsp.evaluation.asked_prompts import AskedPrompts, PromptCost
from codex_lsp.evaluation.pace import Timing
from codex_lsp.models.protocol import Health, LanguageModel
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token


class WatchedModel:
    """A `LanguageModel` that answers as another one does.

    Attributes:
        costs: Of every generation that was started, in order.
        timings: Of every generation that came to its first delta.
    """

    def __init__(self, model: LanguageModel, asked: AskedPrompts) -> None:
        """Watch `model`; `asked` tells which prompt tokens are new to it."""
        self.costs: list[PromptCost] = []
        self.timings: list[Timing] = []
        self._model = model
        self._asked = asked

    async def health(self) -> Health:
        """The model's own."""
        return await self._model.health()

    async def capabilities(self) -> Capabilities:
        """The model's own."""
        return await self._model.capabilities()

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """The model's own deltas."""
        cost = self._asked.cost(prompt, params.priority)
        self.costs.append(cost)
        started = time.perf_counter()
        first = last = None
        tokens: Counter[int] = Counter()
        try:
            async with aclosing(self._model.sample(prompt, params)) as deltas:
                async for delta in deltas:
                    last = time.perf_counter()
                    tokens[delta.index] += len(delta.tokens)
                    if first is None:
                        first = last
                        self._asked.remember(prompt)
                    yield delta
        finally:
            if first is not None and last is not None:
                steps = max(tokens.values()) - 1
                step_ms = (last - first) * 1000 / steps if steps > 0 else None
                timing = Timing(new_tokens=cost.new, first_ms=(first - started) * 1000, step_ms=step_ms)
                self.timings.append(timing)

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """The model's own."""
        return await self._model.score(prompt, text)

    async def close(self) -> None:
        """Nothing: the model is its owner's."""

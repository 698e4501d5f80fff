"""A model in virtual time: it says what the real one says, each delta when a stated pace would have it come."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import closing

from codex_lsp.errors import NotSupported
from codex_lsp.evaluation.asked_prompts import AskedPrompts, PromptCost
from codex_lsp.evaluation.pace import Pace
from codex_lsp.evaluation.recordings import Recordings
from codex_lsp.evaluation.virtual_loop import sleep_until
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token


class PacedModel:
    """A `LanguageModel` for a virtual loop. A generation that is ended before its first token has computed nothing.

    Generations do not slow each other down.

    Attributes:
        costs: Of every generation that was started, in order.
    """

    def __init__(self, recordings: Recordings, capabilities: Capabilities, asked: AskedPrompts, pace: Pace) -> None:
        """Play `recordings` of a model with these `capabilities`; what it has `asked` before is read at no cost."""
        self.costs: list[PromptCost] = []
        self._recordings = recordings
        self._capabilities = capabilities
        self._asked = asked
        self._pace = pace

    async def health(self) -> Health:
        """Ready."""
        return Health(state=HealthState.READY, percent=100)

    async def capabilities(self) -> Capabilities:
        """The model's own."""
        return self._capabilities

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """The model's own deltas: one step of a row after another comes `step_ms` later."""
        cost = self._asked.cost(prompt, params.priority)
        self.costs.append(cost)
        first_s = asyncio.get_running_loop().time() + self._pace.first_s(cost.new)
        await sleep_until(first_s)
        self._asked.remember(prompt)
        tokens: Counter[int] = Counter()
        with closing(self._recordings.deltas(prompt, params)) as deltas:
            for delta in deltas:
                tokens[delta.index] += len(delta.tokens)
                steps = max(tokens[delta.index] - 1, 0)
                await sleep_until(first_s + steps * self._pace.step_ms / 1000)
                yield delta

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Nothing in a replay asks for it.

        Raises:
            NotSupported: Always.
        """
        del prompt, text
        raise NotSupported("a model in virtual time only samples; score with the model itself")

    async def close(self) -> None:
        """Nothing: the model is its owner's."""

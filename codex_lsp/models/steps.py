"""What each step of a model adds to all rows of a request: one event on the wire, not one for each row."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol, runtime_checkable

from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Delta, Prompt, SamplingParams


@runtime_checkable
class Stepped(Protocol):
    """A model that tells which deltas belong to one step; `sample` gives the same ones, one by one."""

    def sample_steps(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Sequence[Delta], None]:
        """As `LanguageModel.sample`; what a step adds comes at once, and is never empty."""
        ...


def steps_of(model: LanguageModel, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Sequence[Delta], None]:
    """The steps of a model; each delta is one where it does not tell."""
    return model.sample_steps(prompt, params) if isinstance(model, Stepped) else _alone(model.sample(prompt, params))


async def one_by_one(steps: AsyncGenerator[Sequence[Delta], None]) -> AsyncGenerator[Delta, None]:
    """The deltas of all steps; closing this closes them."""
    async with aclosing(steps):
        async for deltas in steps:
            for delta in deltas:
                yield delta


async def _alone(deltas: AsyncGenerator[Delta, None]) -> AsyncGenerator[Sequence[Delta], None]:
    async with aclosing(deltas):
        async for delta in deltas:
            yield (delta,)

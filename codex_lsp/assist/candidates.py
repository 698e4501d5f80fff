"""Candidates of a model for one prompt, each as soon as it has ended, in batches that share a prefill."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace

from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Candidate, Delta, FinishReason, Prompt, SamplingParams, Token

BATCH = 16
"""Rows of one request; part of what decides the draws."""


async def sample_candidates(
    model: LanguageModel, prompt: Prompt, params: SamplingParams, *, batch: int = BATCH
) -> AsyncGenerator[Candidate, None]:
    """Candidates one by one, numbered in order of their draws; those that were cut off by a cancel are left out.

    Iterate under `contextlib.aclosing`: leaving the loop, or cancelling the task that is in it, ends the sampling.

    Args:
        model: What samples.
        prompt: What it goes on from.
        params: Of all of them: `n` is how many, and `greedy_first` of the first alone. A request that follows another
            draws from a seed of its own.
        batch: Rows of one request at most.

    Raises:
        ModelError: The model failed.
    """
    for number, (first, rows) in enumerate(_batches(params.n, batch)):
        asked = replace(params, n=rows, greedy_first=params.greedy_first and first == 0, seed=params.seed + number)
        growing = [_Row(first + at) for at in range(rows)]
        async with aclosing(model.sample(prompt, asked)) as deltas:
            async for delta in deltas:
                row = growing[delta.index]
                row.add(delta)
                if delta.finish_reason is not None and delta.finish_reason is not FinishReason.CANCELLED:
                    yield row.candidate(delta.finish_reason)


def _batches(count: int, batch: int) -> Iterator[tuple[int, int]]:
    """The first index and the rows of each request."""
    for first in range(0, count, batch):
        yield first, min(batch, count - first)


class _Row:
    """One row as it grows."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._text = ""
        self._tokens: list[Token] = []

    def add(self, delta: Delta) -> None:
        self._text += delta.text
        self._tokens += delta.tokens

    def candidate(self, reason: FinishReason) -> Candidate:
        text = self._text
        return Candidate(
            index=self._index,
            text=text,
            tokens=tuple(self._tokens),
            finish_reason=reason,
            kept=len(text),
            insert=text,
        )

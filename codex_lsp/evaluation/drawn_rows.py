"""One greedy row and eight sampled ones at each of many cursors, each as the pipeline would show it alone."""

import dataclasses
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.config import Settings
from codex_lsp.evaluation.cursors import HEADLINE, Cursor, DrawnPlace, cursor_at
from codex_lsp.evaluation.likeness import edit_similarity, is_exact
from codex_lsp.evaluation.lines import PATIENCE_MS
from codex_lsp.models.protocol import Health, LanguageModel
from codex_lsp.types import Capabilities, CursorContext, Delta, Prompt, SamplingParams, Token, Trigger

SAMPLED = 8
_REPORT_EVERY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one row came to.

    Attributes:
        mean_logprob: Its mean log-probability; None where nothing of it would be shown, or the model gives none.
        is_exact: Whether its first line is the rest of the line.
        similarity: Of the two; 0 where nothing would be shown.
    """

    mean_logprob: float | None
    is_exact: bool
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorRows:
    """The rows at one cursor of the file at `path`."""

    path: str
    greedy: Outcome
    sampled: tuple[Outcome, ...]


async def drawn_rows(
    model: LanguageModel,
    places: Sequence[DrawnPlace],
    settings: Settings,
    open_pipeline: Callable[[LanguageModel, Settings, None], Pipeline],
    notify: Callable[[str], None],
) -> list[CursorRows]:
    """Sample at every place of files that stand alone, with the rest of its line taken out and what follows it kept.

    Raises:
        ModelError: The model failed.
    """
    completion = replace(settings.completion, n=1, timeout_ms=PATIENCE_MS)
    rows = _OneRow(model, 1 + SAMPLED)
    pipeline = open_pipeline(rows, replace(settings, completion=completion), None)
    found: list[CursorRows] = []
    try:
        for number, place in enumerate(places, start=1):
            cursor = cursor_at(place, HEADLINE)
            greedy, *sampled = [await _outcome(pipeline, rows, cursor, index) for index in range(1 + SAMPLED)]
            found.append(CursorRows(path=cursor.path, greedy=greedy, sampled=tuple(sampled)))
            if number % _REPORT_EVERY == 0 or number == len(places):
                notify(f"ranking: {number} of {len(places)} cursors")
    finally:
        await pipeline.close()
    return found


async def _outcome(pipeline: Pipeline, rows: "_OneRow", cursor: Cursor, index: int) -> Outcome:
    rows.index = index
    context = CursorContext(
        uri="untitled:ranked",
        path=cursor.path,
        language=cursor.language,
        prefix=cursor.prefix,
        suffix=cursor.suffix,
    )
    request = CompletionRequest(context=context, version=0, trigger=Trigger.INVOKED, method="evaluate")
    completion = await pipeline.complete(request)
    # The next row is another answer for the same place.
    pipeline.document_closed(context.uri)
    if not completion.candidates:
        return Outcome(mean_logprob=None, is_exact=False, similarity=0.0)
    best = completion.candidates[0]
    answer = best.insert.split("\n", 1)[0]
    return Outcome(
        mean_logprob=mean_logprob(best),
        is_exact=is_exact(answer, cursor.rest),
        similarity=edit_similarity(answer, cursor.rest),
    )


class _OneRow:
    """A model that samples several rows of a prompt at once, and says one of them, whatever number is asked for."""

    def __init__(self, model: LanguageModel, rows: int) -> None:
        self.index = 0
        self._model = model
        self._rows = rows
        self._asked: tuple[Prompt, SamplingParams] | None = None
        self._said: list[Delta] = []

    async def health(self) -> Health:
        return await self._model.health()

    async def capabilities(self) -> Capabilities:
        return await self._model.capabilities()

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        if self._asked != (prompt, params):
            async with aclosing(self._model.sample(prompt, replace(params, n=self._rows))) as deltas:
                self._said = [delta async for delta in deltas]
            self._asked = (prompt, params)
        for delta in self._said:
            if delta.index == self.index:
                yield dataclasses.replace(delta, index=0)

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        return await self._model.score(prompt, text)

    async def close(self) -> None:
        """Nothing: the model is its owner's."""

"""A Kneser-Ney n-gram as a `LanguageModel`, so that one pipeline measures it and a network alike.

It reads the text before the cursor and nothing else: no header, no suffix.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from codex_lsp.decoding.row import Row
from codex_lsp.decoding.vocabulary import Vocabulary
from codex_lsp.errors import DocumentError
from codex_lsp.evaluation.kneser_ney import KneserNey, train
from codex_lsp.evaluation.nucleus import choose
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.types import Capabilities, Delta, FinishReason, Prompt, SamplingParams, Token

MAX_CONTEXT = 1 << 20
"""It needs no room for what it reads."""
_REPORT_EVERY_TOKENS = 2_000_000


class NgramModel:
    """A language model that has counted n-grams."""

    def __init__(self, name: str, counted: KneserNey, vocabulary: Vocabulary, *, tokenizer: str | None = None) -> None:
        """Serve `counted` under `name`.

        Args:
            name: What it is called in results.
            counted: Trained on ids of `vocabulary`.
            vocabulary: Its tokens.
            tokenizer: Path of the `tokenizer.json` that the vocabulary was read from.
        """
        self.counted = counted
        self._vocabulary = vocabulary
        self._pieces = (*vocabulary.pieces(vocabulary.special_ids, 0)[: counted.boundary], None)
        self._capabilities = Capabilities(
            model=name,
            fim=False,
            n=True,
            logprobs=True,
            stream=True,
            chat=False,
            score=True,
            max_context=MAX_CONTEXT,
            tokenizer=tokenizer,
        )

    async def health(self) -> Health:
        """Always ready."""
        return Health(state=HealthState.READY, percent=100)

    async def capabilities(self) -> Capabilities:
        """Left to right, with log-probabilities."""
        return self._capabilities

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Sample `params.n` rows after the prompt's prefix."""
        state = self.counted.start()
        for token in self._vocabulary.encode(prompt.prefix).ids[-len(state) :]:
            state = self.counted.after(state, token)
        rows = [
            Row(index, max_tokens=params.max_tokens, stop=params.stop, stop_indent=params.stop_indent)
            for index in range(params.n)
        ]
        if params.max_tokens <= 0:
            for row in rows:
                yield row.end(FinishReason.LENGTH)
            return
        live = [(row, state) for row in rows]
        position = 0
        while live:
            # Nothing here waits for anything else, and whoever would cancel must get a turn.
            await asyncio.sleep(0)
            grown: list[tuple[Row, tuple[int, ...]]] = []
            for row, before in live:
                token, delta = self._step(row, before, params, position)
                if delta is not None:
                    yield delta
                if not row.finished:
                    grown.append((row, self.counted.after(before, token)))
            live = grown
            position += 1

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Teacher-forced log-probabilities of `text` after the prompt's prefix."""
        encoding = self._vocabulary.encode(text)
        logprobs = self.counted.logprobs(self._vocabulary.encode(prompt.prefix).ids, encoding.ids)
        return tuple(
            Token(id=id_, logprob=logprob, end=end)
            for id_, logprob, end in zip(encoding.ids, logprobs.tolist(), encoding.ends, strict=True)
        )

    async def close(self) -> None:
        """Nothing is held."""

    def _step(
        self, row: Row, state: tuple[int, ...], params: SamplingParams, position: int
    ) -> tuple[int, Delta | None]:
        probabilities = self.counted.distribution(state)
        token = choose(probabilities, params, row=row.index, position=position)
        return token, row.push(token, float(np.log(probabilities[token])), self._pieces[token])


def train_ngram(
    texts: Iterable[str], tokenizer: str, *, max_tokens: int, order: int, notify: Callable[[str], None]
) -> NgramModel:
    """Count the n-grams of texts in a model's own tokens.

    Args:
        texts: Read until they hold `max_tokens`.
        tokenizer: Path of a `tokenizer.json`.
        max_tokens: How much to learn from.
        order: Of the longest n-grams.
        notify: Told the progress.

    Raises:
        DocumentError: There is no text, or the tokenizer cannot be read.
        ModelUnavailable: The tokenizer is damaged.
    """
    try:
        vocabulary = Vocabulary(Path(tokenizer).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{tokenizer}: cannot be read; the baseline needs the model's tokenizer") from error
    notify(f"{order}-gram: reading up to {max_tokens / 1e6:g} M tokens")
    counted = train(_encoded(texts, vocabulary, max_tokens, notify), vocabulary=len(vocabulary), order=order)
    if counted.tokens == 0:
        raise DocumentError("the baseline's corpus holds no text; name another with --baseline-corpus")
    notify(f"{order}-gram: counted {counted.tokens / 1e6:.1f} M tokens")
    return NgramModel(f"kneser-ney-{order}-gram", counted, vocabulary, tokenizer=tokenizer)


def _encoded(
    texts: Iterable[str], vocabulary: Vocabulary, max_tokens: int, notify: Callable[[str], None]
) -> Iterator[tuple[int, ...]]:
    tokens = 0
    for text in texts:
        ids = vocabulary.encode(text).ids[: max_tokens - tokens]
        if (tokens + len(ids)) // _REPORT_EVERY_TOKENS > tokens // _REPORT_EVERY_TOKENS:
            notify(f"baseline: {(tokens + len(ids)) / 1e6:.0f} M tokens read")
        tokens += len(ids)
        yield ids
        if tokens >= max_tokens:
            return

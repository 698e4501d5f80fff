"""Runs a causal language model: one prefill, n rows decoded together, each leaving the batch when it ends."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from codex_lsp.decoding.healed_prefill import HealedPrefill
from codex_lsp.decoding.healing import FirstToken, Head, Tail
from codex_lsp.decoding.row import Row
from codex_lsp.decoding.sampler import Sampler
from codex_lsp.errors import ModelRefused
from codex_lsp.types import Delta, FinishReason, SamplingParams

# A prefill is done in pieces of so many tokens, between which a cancel is seen.
PREFILL_TOKENS = 512


class Runner:
    """Decodes with one `transformers` causal language model, in the thread that calls it.

    Attributes:
        steps: Forward passes done so far.
    """

    def __init__(self, model: PreTrainedModel, pieces: Sequence[bytes | None], *, max_context: int) -> None:
        """Take over a loaded model.

        Args:
            model: In evaluation mode, on its device.
            pieces: What each token id adds to a row (`Vocabulary.pieces`); None ends it.
            max_context: Prompt and new tokens together, at most.
        """
        self.steps = 0
        self._model = model
        self._pieces = pieces
        self._max_context = max_context
        self._read: _Start | None = None
        self._keeps_logits = "logits_to_keep" in inspect.signature(model.forward).parameters

    def sample(
        self,
        prompt: Sequence[int],
        params: SamplingParams,
        cancelled: Callable[[], bool],
        constraint: FirstToken | None = None,
    ) -> Iterator[Delta]:
        """Decode `params.n` rows after a prompt.

        Args:
            prompt: Token ids, at least one.
            params: How to sample; a row also ends (`length`) where the context is full.
            cancelled: Polled before every forward pass; once true, all rows end.
            constraint: What the first token of every row must spell; no part of the rows' text.

        Raises:
            ModelRefused: The prompt does not fit the context.
            ModelUnavailable: The model gives no numbers.
        """
        room = self._room(len(prompt))
        rows = [
            Row(index, max_tokens=min(params.max_tokens, room), stop=params.stop, stop_indent=params.stop_indent)
            for index in range(params.n)
        ]
        if params.max_tokens <= 0 or cancelled():
            reason = FinishReason.LENGTH if params.max_tokens <= 0 else FinishReason.CANCELLED
            yield from (row.end(reason) for row in rows)
            return
        start = self._read if self._read is not None and self._read.prompt == tuple(prompt) else None
        # Rows write to the cache, so it serves once.
        self._read = None
        start = self._prefill(prompt, cancelled) if start is None else start
        if start is None:
            yield from (row.end(FinishReason.CANCELLED) for row in rows)
            return
        yield from self._decode(rows, start, Sampler(params), cancelled, constraint)

    def head(self, prompt: Sequence[int], tail: Tail, cancelled: Callable[[], bool]) -> Head:
        """Choose how a tail begins (`healing.py`): read the prompt and what of the tail all rows share.

        To `sample` after both at once costs no reading again.

        Args:
            prompt: Token ids, at least one.
            tail: What was typed after them.
            cancelled: Polled before forward passes over the prompt; once true, the usual head is given.

        Raises:
            ModelRefused: Both together do not fit the context.
        """
        healed = HealedPrefill(prompt, tail, self._forward_one)
        self._room(len(healed.tokens))
        guessed = self._prefill(healed.tokens, cancelled, keep=len(tail.usual.ids) + 1)
        if guessed is None:
            return tail.usual
        healed.read(guessed.logits, guessed.cache)
        head, logits, cache = healed.head()
        self._read = _Start(prompt=(*prompt, *head.ids), logits=logits, cache=cache)
        return head

    def score(self, prompt: Sequence[int], text: Sequence[int], cancelled: Callable[[], bool]) -> list[float]:
        """Teacher-forced raw log-probabilities of `text` after a prompt.

        Raises:
            ModelRefused: Both together do not fit the context.
        """
        if not text or cancelled():
            return []
        self._room(len(prompt) + len(text) - 1)
        # The last token is asked for, never read.
        logits, _ = self._forward([[*prompt, *text[:-1]]], None, keep=len(text))
        chosen = torch.tensor(text, device=logits.device).unsqueeze(1)
        return logits[0].float().log_softmax(-1).gather(1, chosen).squeeze(1).tolist()

    def _room(self, tokens: int) -> int:
        if tokens >= self._max_context:
            raise ModelRefused(
                f"the prompt has {tokens} tokens and the model's context {self._max_context}; "
                "lower `context.max_prompt_tokens`"
            )
        return self._max_context - tokens

    def _prefill(self, prompt: Sequence[int], cancelled: Callable[[], bool], keep: int = 1) -> "_Start | None":
        """Read tokens once for all rows; the last `keep` logits and the cache, or None if cancelled."""
        # The last piece holds all whose logits are kept.
        starts = [start for start in range(0, len(prompt), PREFILL_TOKENS) if not start or start + keep <= len(prompt)]
        cache: Any = None
        logits: Tensor | None = None
        for start, end in zip(starts, [*starts[1:], len(prompt)], strict=True):
            if start and cancelled():
                return None
            logits, cache = self._forward([prompt[start:end]], cache, keep=keep if end == len(prompt) else 1)
        assert logits is not None, "a prompt has at least one token"  # noqa: S101 - the caller sees to it
        return _Start(prompt=tuple(prompt), logits=logits[0], cache=cache)

    def _decode(
        self,
        rows: list[Row],
        start: "_Start",
        sampler: Sampler,
        cancelled: Callable[[], bool],
        constraint: FirstToken | None,
    ) -> Iterator[Delta]:
        live, logits, cache, position = rows, start.logits, start.cache, 0
        while True:
            allowed = None if constraint is None else constraint.ids()
            choices = sampler.choose(logits, [row.index for row in live], position, allowed)
            for row, choice in zip(live, choices, strict=True):
                again = 0 if constraint is None else constraint.take(choice.id)[1]
                piece = self._pieces[choice.id]
                # A token that only spells what was typed is no part of its row.
                whole = piece is not None and 0 < again == len(piece)
                delta = None if whole else row.push(choice.id, choice.logprob, piece and piece[again:])
                if delta is not None:
                    yield delta
            constraint = None
            staying = [place for place, row in enumerate(live) if not row.finished]
            if not staying or cancelled():
                yield from (live[place].end(FinishReason.CANCELLED) for place in staying)
                return
            # At first all rows share the one that was prefilled.
            _keep(cache, [0] * len(staying) if position == 0 else staying, size=1 if position == 0 else len(live))
            ids = [[choices[place].id] for place in staying]
            logits, cache = self._forward(ids, cache, keep=1)
            logits = logits[:, -1]
            live, position = [live[place] for place in staying], position + 1

    def _forward_one(self, ids: Sequence[int], cache: Any, keep: int) -> tuple[Tensor, Any]:
        logits, cache = self._forward([ids], cache, keep=keep)
        return logits[0], cache

    @torch.inference_mode()
    def _forward(self, ids: Sequence[Sequence[int]], cache: Any, *, keep: int) -> tuple[Tensor, Any]:
        """One forward pass over tokens [batch, length]: the last `keep` logits [batch, keep, vocabulary], the cache."""
        self.steps += 1
        wanted = {"logits_to_keep": keep} if self._keeps_logits else {}
        tokens = torch.tensor(ids, device=self._model.device)
        output: Any = self._model(input_ids=tokens, past_key_values=cache, use_cache=True, **wanted)
        return output.logits[:, -keep:], output.past_key_values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """Where rows begin: the tokens that were read, the last logits [1 or kept, vocabulary], and the cache."""

    prompt: tuple[int, ...]
    logits: Tensor
    cache: Any


def _keep(cache: Any, places: list[int], *, size: int) -> None:
    """Make the cache hold, of its rows, those at `places`; one may be named more than once."""
    if places != list(range(size)):
        # Unlike the cache's other ways to grow and shrink, this one is there for every kind of layer.
        cache.reorder_cache(torch.tensor(places))

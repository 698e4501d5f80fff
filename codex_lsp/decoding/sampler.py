"""Picks tokens from logits: greedy, or from the exact nucleus; and tells their raw log-probabilities.

Sorting a whole vocabulary costs more than a small model's step, so the nucleus (Holtzman et al., 2020) is sought
among the 64 likeliest tokens, and among twice as many while those do not hold it.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Protocol

import torch
from torch import Tensor

from codex_lsp.decoding.draw import uniform
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import SamplingParams

FIRST_WIDTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A chosen token and the log-softmax of its raw logit."""

    id: int
    logprob: float


class Chooser(Protocol):
    """Chooses tokens for the rows of one request: `Sampler`, or what does the same faster."""

    def choose(
        self, logits: Tensor, places: Sequence[tuple[int, int]], allowed: Sequence[Sequence[int] | None] = ()
    ) -> list[Choice]:
        """As `Sampler.choose`."""
        ...


def is_greedy(params: SamplingParams, row: int) -> bool:
    """Whether a row takes the likeliest tokens."""
    return params.temperature == 0 or (row == 0 and params.greedy_first)


def not_finite() -> ModelUnavailable:
    """What is raised for logits that are no numbers."""
    return ModelUnavailable("the model's output is not finite; its weights are damaged, or need `engine.dtype` float32")


class Sampler:
    """Chooses tokens for the rows of one request, with torch; the oracle of what is faster."""

    def __init__(self, params: SamplingParams) -> None:
        """Take over temperature, nucleus mass and seed."""
        self._params = params

    def choose(
        self, logits: Tensor, places: Sequence[tuple[int, int]], allowed: Sequence[Sequence[int] | None] = ()
    ) -> list[Choice]:
        """Choose one token for each place.

        Args:
            logits: Raw logits, float32 [places, vocabulary], or [1, vocabulary] where all places share them.
            places: Number of the row, and of the step in it from 0.
            allowed: For each place the only ids that may be chosen, or None for any; empty for any everywhere. A
                log-probability is of the raw logits all the same.

        Raises:
            ModelUnavailable: The logits are no numbers.
        """
        raw = logits.log_softmax(-1)
        # One logit that is no number, or infinite, makes all log-probabilities of its row no numbers.
        if any(map(math.isnan, raw[:, 0].tolist())):
            raise not_finite()
        raw = raw.expand(len(places), -1)
        wide = _masked(raw, allowed) if any(ids is not None for ids in allowed) else raw
        greedy = [at for at, (row, _) in enumerate(places) if is_greedy(self._params, row)]
        drawn = [at for at, (row, _) in enumerate(places) if not is_greedy(self._params, row)]
        ids = dict(zip(greedy, _rows_of(wide, greedy).argmax(-1).tolist(), strict=True)) if greedy else {}
        if drawn:
            points = [uniform(self._params.seed, *places[at]) for at in drawn]
            ids |= dict(zip(drawn, self._drawn(_rows_of(wide, drawn), points), strict=True))
        order = torch.tensor([[ids[at]] for at in range(len(places))], device=raw.device)
        chosen = raw.gather(1, order).squeeze(1).tolist()
        return [Choice(id=ids[at], logprob=chosen[at]) for at in range(len(places))]

    def _drawn(self, logits: Tensor, points: list[float]) -> list[int]:
        if self._params.top_p >= 1:
            return _drawn_of_all(logits, self._params.temperature, points)
        nuclei = kept_tokens(logits, temperature=self._params.temperature, top_p=self._params.top_p)
        return [nucleus.at(point) for nucleus, point in zip(nuclei, points, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nucleus:
    """Tokens that may be drawn, likeliest first, and the growing sum of their tempered probabilities."""

    ids: list[int]
    cumulative: list[float]

    def at(self, point: float) -> int:
        """The token under a point of [0, 1)."""
        target = point * self.cumulative[-1]
        return next((id_ for id_, upto in zip(self.ids, self.cumulative, strict=True) if target < upto), self.ids[-1])


def kept_tokens(logits: Tensor, *, temperature: float, top_p: float) -> list[Nucleus]:
    """The smallest sets of likeliest tokens whose tempered probabilities reach `top_p`; of equals, lower ids first.

    Args:
        logits: Raw logits, or what differs from them by a constant in each row; float32 [rows, vocabulary].
        temperature: Above 0.
        top_p: Nucleus mass, below 1.
    """
    vocabulary = logits.shape[-1]
    width = min(FIRST_WIDTH, vocabulary)
    values, ids = logits.topk(width, dim=-1)
    weights = _weights(logits, values, temperature)
    totals = weights.sum(-1, keepdim=True)
    found: dict[int, Nucleus] = {}
    missing = list(range(len(logits)))
    while missing:
        masses = (_rows_of(weights, missing).gather(1, ids) / _rows_of(totals, missing)).tolist()
        for row, row_ids, row_masses in zip(missing, ids.tolist(), masses, strict=True):
            nucleus = _nucleus(row_ids, row_masses, top_p, whole=width == vocabulary)
            if nucleus is not None:
                found[row] = nucleus
        missing = [row for row in missing if row not in found]
        width = min(width * 2, vocabulary)
        ids = logits[missing].topk(width, dim=-1).indices if missing else ids
    return [found[row] for row in range(len(logits))]


def _nucleus(ids: list[int], masses: list[float], top_p: float, *, whole: bool) -> Nucleus | None:
    """The nucleus, or None where these tokens, the likeliest ones in order, do not hold it for certain."""
    cumulative = list(accumulate(masses))
    size = bisect_left(cumulative, top_p) + 1
    if size > len(ids):
        if not whole:
            return None
        size = len(ids)
    # Tokens as likely as the last one may have been left out, and may have lower ids.
    edge = masses[size - 1]
    if edge == masses[-1] and not whole:
        return None
    candidates = takewhile(lambda pair: pair[0] >= edge, zip(masses, ids, strict=True))
    order = sorted(candidates, key=lambda pair: (-pair[0], pair[1]))[:size]
    return Nucleus(ids=[id_ for _, id_ in order], cumulative=cumulative[:size])


def _drawn_of_all(logits: Tensor, temperature: float, points: list[float]) -> list[int]:
    """Draw from the whole vocabulary, in its own order: nothing is to be cut off, so nothing needs sorting."""
    weights = _weights(logits, logits.max(-1, keepdim=True).values, temperature)
    cumulative = weights.cpu().double().cumsum(-1)
    targets = cumulative[:, -1:] * torch.tensor(points, dtype=torch.float64).unsqueeze(1)
    drawn = torch.searchsorted(cumulative, targets, right=True).squeeze(1)
    return drawn.clamp(max=logits.shape[-1] - 1).tolist()


def _weights(logits: Tensor, largest: Tensor, temperature: float) -> Tensor:
    """What tempered probabilities are proportional to; `largest` has a row's largest logit first."""
    # The largest is taken off before dividing, so that a tiny temperature does not overflow.
    return (logits - largest[:, :1]).div_(temperature).exp_()


def _rows_of(table: Tensor, rows: list[int]) -> Tensor:
    """Some rows, ascending, at least one; neighbours are not copied."""
    first, end = rows[0], rows[-1] + 1
    return table[first:end] if end - first == len(rows) else table[rows]


def _masked(logits: Tensor, allowed: Sequence[Sequence[int] | None]) -> Tensor:
    """A copy in which what is not allowed is minus infinity."""
    masked = torch.full(logits.shape, -math.inf, device=logits.device)
    for row, ids in enumerate(allowed):
        kept = slice(None) if ids is None else torch.tensor(ids, device=logits.device)
        masked[row, kept] = logits[row, kept]
    return masked

"""Picks tokens from logits: greedy, or from the exact nucleus; and tells their raw log-probabilities.

Sorting a whole vocabulary costs more than a small model's step, so the nucleus (Holtzman et al., 2020) is sought
among the 64 likeliest tokens, and among twice as many while those do not hold it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from codex_lsp.decoding.draw import uniform
from codex_lsp.decoding.healing import masked
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import SamplingParams

FIRST_WIDTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A chosen token and the log-softmax of its raw logit."""

    id: int
    logprob: float


class Sampler:
    """Chooses tokens for the rows of one request."""

    def __init__(self, params: SamplingParams) -> None:
        """Take over temperature, nucleus mass and seed."""
        self._params = params

    def choose(
        self, logits: Tensor, rows: list[int], position: int, allowed: Sequence[int] | None = None
    ) -> list[Choice]:
        """Choose one token for each row.

        Args:
            logits: Raw logits, [len(rows), vocabulary], or [1, vocabulary] where all rows share them.
            rows: Numbers of the rows.
            position: Number of the step, from 0.
            allowed: The tokens to choose among; None for all. Log-probabilities stay those among all.

        Raises:
            ModelUnavailable: The logits are no numbers.
        """
        wide = logits.float().expand(len(rows), -1)
        totals = wide.logsumexp(-1).tolist()
        if not all(map(math.isfinite, totals)):
            raise ModelUnavailable(
                "the model's output is not finite; its weights are damaged, or need `engine.dtype` float32"
            )
        open_ = wide if allowed is None else masked(wide, allowed)
        greedy = [row for row, number in enumerate(rows) if self._is_greedy(number)]
        drawn = [row for row, number in enumerate(rows) if not self._is_greedy(number)]
        ids = dict(zip(greedy, open_[greedy].argmax(-1).tolist(), strict=True)) if greedy else {}
        if drawn:
            points = [uniform(self._params.seed, rows[row], position) for row in drawn]
            ids |= dict(zip(drawn, self._drawn(open_[drawn], points), strict=True))
        order = torch.tensor([[ids[row]] for row in range(len(rows))], device=wide.device)
        chosen = wide.gather(1, order).squeeze(1).tolist()
        return [Choice(id=ids[row], logprob=chosen[row] - totals[row]) for row in range(len(rows))]

    def _is_greedy(self, row: int) -> bool:
        return self._params.temperature == 0 or (row == 0 and self._params.greedy_first)

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
        logits: Raw logits, float32 [rows, vocabulary].
        temperature: Above 0.
        top_p: Nucleus mass, below 1.
    """
    tempered = _tempered(logits, temperature)
    vocabulary = logits.shape[-1]
    width = min(FIRST_WIDTH, vocabulary)
    found: dict[int, Nucleus] = {}
    while len(found) < len(logits):
        missing = [row for row in range(len(logits)) if row not in found]
        values, ids = tempered[missing].topk(width, dim=-1)
        for row, row_ids, row_masses in zip(missing, ids.tolist(), values.exp().tolist(), strict=True):
            nucleus = _nucleus(row_ids, row_masses, top_p, whole=width == vocabulary)
            if nucleus is not None:
                found[row] = nucleus
        width = min(width * 2, vocabulary)
    return [found[row] for row in range(len(logits))]


def _nucleus(ids: list[int], masses: list[float], top_p: float, *, whole: bool) -> Nucleus | None:
    """The nucleus, or None where these tokens, the likeliest ones, do not hold it for certain."""
    order = sorted(range(len(ids)), key=lambda place: (-masses[place], ids[place]))
    cumulative = list(accumulate(masses[place] for place in order))
    size = next((place + 1 for place, upto in enumerate(cumulative) if upto >= top_p), len(order))
    # Tokens as likely as the last one may have been left out, and may have lower ids.
    if not whole and (cumulative[-1] < top_p or masses[order[size - 1]] == masses[order[-1]]):
        return None
    return Nucleus(ids=[ids[place] for place in order[:size]], cumulative=cumulative[:size])


def _drawn_of_all(logits: Tensor, temperature: float, points: list[float]) -> list[int]:
    """Draw from the whole vocabulary, in its own order: nothing is to be cut off, so nothing needs sorting."""
    cumulative = _tempered(logits, temperature).exp().cpu().double().cumsum(-1)
    targets = cumulative[:, -1:] * torch.tensor(points, dtype=torch.float64).unsqueeze(1)
    drawn = torch.searchsorted(cumulative, targets, right=True).squeeze(1)
    return drawn.clamp(max=logits.shape[-1] - 1).tolist()


def _tempered(logits: Tensor, temperature: float) -> Tensor:
    """Log-probabilities at a temperature."""
    # The largest is taken off before dividing, so that a tiny temperature does not overflow.
    return ((logits - logits.max(-1, keepdim=True).values) / temperature).log_softmax(-1)

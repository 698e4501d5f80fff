"""Tokens out of a probability distribution, as models of ours choose them: greedy, or from the exact nucleus."""

import numpy as np
from numpy.typing import NDArray

from codex_lsp.decoding.draw import uniform
from codex_lsp.types import SamplingParams

_FIRST_WIDTH = 256


def choose(probabilities: NDArray[np.float64], params: SamplingParams, *, row: int, position: int) -> int:
    """The token of one row at one step; equal seeds, rows and positions give equal draws."""
    if params.temperature == 0 or (row == 0 and params.greedy_first):
        return int(probabilities.argmax())
    tempered = (probabilities / probabilities.max()) ** (1 / params.temperature)
    ids = nucleus(tempered, params.top_p)
    cumulative = tempered[ids].cumsum()
    point = uniform(params.seed, row, position) * cumulative[-1]
    return int(ids[min(int(np.searchsorted(cumulative, point, side="right")), len(ids) - 1)])


def nucleus(weights: NDArray[np.float64], top_p: float) -> NDArray[np.int64]:
    """The fewest heaviest ids that hold `top_p` of all weight, heaviest first; of equals, lower ids first."""
    target = top_p * float(weights.sum())
    width = min(_FIRST_WIDTH, len(weights))
    while True:
        # Sorting all of a vocabulary costs more than all else of a step, and the nucleus is small.
        limit = np.partition(weights, len(weights) - width)[len(weights) - width]
        ids = np.flatnonzero(weights >= limit)
        ids = ids[np.lexsort((ids, -weights[ids]))]
        cumulative = weights[ids].cumsum()
        if cumulative[-1] >= target or width == len(weights):
            return ids[: int(np.searchsorted(cumulative, target)) + 1]
        width = min(width * 4, len(weights))

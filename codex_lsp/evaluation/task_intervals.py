"""How far means over tasks may be from what other tasks like these would give; many figures at a time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codex_lsp.evaluation.bootstrap import RESAMPLES

_BOUNDS = (2.5, 97.5)
_LEAST = 2
"""One task says nothing of others."""
_DIGITS = 6


def mean_curve(values: Sequence[NDArray[np.float64]], *, seed: int) -> list[dict[str, object]]:
    """The means over tasks as points of a curve, `{k, value, interval}` for k = 1, 2, and so on.

    Args:
        values: Of each task as many figures as the curve has points.
        seed: Of the resamples of tasks, that give the 95 % percentile intervals; None where there is one task only.
    """
    table = np.vstack(values)
    means = table.mean(axis=0)
    bounds = intervals(table, seed=seed)
    return [
        {"k": at + 1, "value": round(float(mean), _DIGITS), "interval": None if bounds is None else bounds[at]}
        for at, mean in enumerate(means)
    ]


def mean_figure(values: Sequence[float], *, seed: int) -> dict[str, object]:
    """The mean of one figure a task: `{value, interval}`."""
    table = np.asarray(values, dtype=np.float64).reshape(-1, 1)
    bounds = intervals(table, seed=seed)
    return {"value": round(float(table.mean()), _DIGITS), "interval": None if bounds is None else bounds[0]}


def intervals(table: NDArray[np.float64], *, seed: int) -> list[list[float]] | None:
    """The 95 % percentile interval of each column's mean over resampled rows; None of fewer than two rows."""
    count = len(table)
    if count < _LEAST:
        return None
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=RESAMPLES) / count
    low, high = np.percentile(weights @ table, _BOUNDS, axis=0)
    return [[round(float(a), _DIGITS), round(float(b), _DIGITS)] for a, b in zip(low, high, strict=True)]

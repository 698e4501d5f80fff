"""How far means over tasks may be from what other tasks like these would give; many figures at a time.

What is resampled is problems: gaps of one solution, which are tasks of infilling, come and go together.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codex_lsp.evaluation.bootstrap import RESAMPLES
from codex_lsp.evaluation.harness_figures import problem_of

_BOUNDS = (2.5, 97.5)
_LEAST = 2
"""One problem says nothing of others."""
_DIGITS = 6

Table = NDArray[np.float64]


def mean_curve(tasks: Sequence[str], values: Sequence[Table], *, seed: int) -> list[dict[str, object]]:
    """The means over tasks as points of a curve, `{k, value, interval}` for k = 1, 2, and so on.

    Args:
        tasks: Their names.
        values: Of each task as many figures as the curve has points.
        seed: Of the resamples of problems, that give the 95 % percentile intervals; None where there is one only.
    """
    table = np.vstack(values)
    bounds = _intervals(tasks, table, seed=seed)
    return [
        {"k": at + 1, "value": round(float(mean), _DIGITS), "interval": None if bounds is None else bounds[at]}
        for at, mean in enumerate(table.mean(axis=0))
    ]


def mean_figure(tasks: Sequence[str], values: Sequence[float], *, seed: int) -> dict[str, object]:
    """The mean of one figure a task: `{value, interval}`."""
    (point,) = mean_curve(tasks, [np.asarray([value]) for value in values], seed=seed)
    return {"value": point["value"], "interval": point["interval"]}


def by_problem(tasks: Sequence[str], table: Table) -> tuple[Table, Table]:
    """Sums of the rows of each problem's tasks, and how many there are."""
    _, places = np.unique(list(map(problem_of, tasks)), return_inverse=True)
    sums = np.zeros((int(places.max()) + 1, table.shape[1]))
    np.add.at(sums, places, table)
    return sums, np.bincount(places).astype(np.float64)


def _intervals(tasks: Sequence[str], table: Table, *, seed: int) -> list[list[float]] | None:
    """The 95 % percentile interval of each column's mean; None of fewer than two problems."""
    sums, counts = by_problem(tasks, table)
    problems = len(counts)
    if problems < _LEAST:
        return None
    drawn = np.random.default_rng(seed).multinomial(problems, np.full(problems, 1 / problems), size=RESAMPLES)
    low, high = np.percentile(drawn @ sums / (drawn @ counts)[:, None], _BOUNDS, axis=0)
    return [[round(float(a), _DIGITS), round(float(b), _DIGITS)] for a, b in zip(low, high, strict=True)]

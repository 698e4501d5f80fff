"""By what factor a pass rate falls with each step of size: rate = start / factor ** size, by maximum likelihood."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from codex_lsp.evaluation.bootstrap import interval

_STEPS = 30
_HALVINGS = 12
_SMALLEST = -1e-6
"""The logarithm of the highest rate that is fitted: a rate of 1 has no likelihood where anything failed."""
_CLOSE = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How often one question of a size was passed."""

    size: int
    hits: int
    trials: int

    def with_trial(self, *, hit: bool) -> "Point":
        """One trial more."""
        return replace(self, hits=self.hits + hit, trials=self.trials + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """The factor that a step divides by, and its 95 % interval over resampled questions."""

    factor: float
    interval: tuple[float, float] | None


def decay(points: Sequence[Point], *, seed: int) -> Decay | None:
    """The fit; None where fewer than two sizes were passed at all. Resamples of which that holds are left out."""
    found = factor(points)
    return None if found is None else Decay(factor=found, interval=interval(points, factor, seed=seed))


def factor(points: Sequence[Point]) -> float | None:
    """The most likely factor; None where fewer than two sizes were passed at all."""
    sums: dict[int, tuple[int, int]] = {}
    for point in points:
        hits, trials = sums.get(point.size, (0, 0))
        sums[point.size] = (hits + point.hits, trials + point.trials)
    if sum(hits > 0 for hits, _ in sums.values()) < 2:  # noqa: PLR2004 - two points make a line
        return None
    if all(hits == trials for hits, trials in sums.values()):
        return 1.0
    return math.exp(-_slope(sums))


def _slope(sums: dict[int, tuple[int, int]]) -> float:
    """Of the rate's logarithm: the top of a concave likelihood of start and slope, by Newton with halved steps."""
    start, slope = math.log(0.5), 0.0
    best = _likelihood(sums, start, slope)
    for _ in range(_STEPS):
        step_start, step_slope = _newton(sums, start, slope)
        scale = 1.0
        for _ in range(_HALVINGS):
            one, other = start + scale * step_start, slope + scale * step_slope
            value = _likelihood(sums, one, other)
            if value > best:
                break
            scale /= 2
        else:
            break
        gained, start, slope, best = value - best, one, other, value
        if gained < _CLOSE:
            break
    return slope


def _likelihood(sums: dict[int, tuple[int, int]], start: float, slope: float) -> float:
    total = 0.0
    for size, (hits, trials) in sums.items():
        log_rate = start + slope * size
        if log_rate > _SMALLEST:
            return -math.inf
        total += hits * log_rate + (trials - hits) * math.log(-math.expm1(log_rate))
    return total


def _newton(sums: dict[int, tuple[int, int]], start: float, slope: float) -> tuple[float, float]:
    """The step to the top of the parabola that touches the likelihood here."""
    g0 = g1 = h00 = h01 = h11 = 0.0
    for size, (hits, trials) in sums.items():
        rate = math.exp(start + slope * size)
        odds = rate / (1 - rate)
        gradient = hits - (trials - hits) * odds
        curvature = (trials - hits) * odds / (1 - rate)
        g0, g1 = g0 + gradient, g1 + gradient * size
        h00, h01, h11 = h00 + curvature, h01 + curvature * size, h11 + curvature * size * size
    determinant = h00 * h11 - h01 * h01
    if determinant <= 0.0:
        return g0, g1
    return (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant

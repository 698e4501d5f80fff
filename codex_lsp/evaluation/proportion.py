"""How often something happens, and the exact binomial interval around it (Clopper and Pearson, 1934)."""

import math

_TAIL = 0.025
_HALVINGS = 60


def exact_interval(hits: int, trials: int) -> tuple[float, float] | None:
    """The 95 % interval of a rate of which `hits` of `trials` independent trials were seen; None without trials.

    >>> tuple(round(bound, 4) for bound in exact_interval(0, 100))
    (0.0, 0.0362)
    """
    if trials == 0:
        return None
    return 1.0 - _upper(trials - hits, trials), _upper(hits, trials)


def _upper(hits: int, trials: int) -> float:
    """The rate at which `hits` or fewer come in one of forty rows of trials; 1 where all were hits."""
    if hits == trials:
        return 1.0
    low, high = hits / trials, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, trials, middle) > _TAIL else (low, middle)
    return (low + high) / 2


def _at_most(hits: int, trials: int, rate: float) -> float:
    """The probability of `hits` or fewer, of the shorter of the two tails."""
    if 2 * hits < trials:
        return math.fsum(_mass(count, trials, rate) for count in range(hits + 1))
    return 1.0 - math.fsum(_mass(count, trials, rate) for count in range(hits + 1, trials + 1))


def _mass(hits: int, trials: int, rate: float) -> float:
    """The probability of just so many; `rate` is neither 0 nor 1."""
    ways = math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)
    return math.exp(ways + hits * math.log(rate) + (trials - hits) * math.log1p(-rate))

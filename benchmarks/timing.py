"""Times several things in turn, so that what else the machine does falls on all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LEAST_REPEATS = 2
MOST_IN_A_ROW = 8

Call = Callable[[], float]
"""Does something once, and says how many seconds of it count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What was measured of one thing, in milliseconds; of few repeats `p95_ms` is the slowest."""

    p50_ms: float
    p95_ms: float
    repeats: int


def spread_of(milliseconds: list[float]) -> Spread:
    """Median and 95th percentile: the smallest value that at least so many are not above."""
    ordered = sorted(milliseconds)
    place = -(-95 * len(ordered) // 100) - 1
    return Spread(p50_ms=statistics.median(ordered), p95_ms=ordered[place], repeats=len(ordered))


def interleave(
    calls: Mapping[str, Call], *, repeats: int, budget_s: float, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Time each call up to `repeats` times, in milliseconds.

    They are called in rounds: the slowest once, a faster one as often as fits into the same time, at most
    `MOST_IN_A_ROW` times. No round begins after `budget_s`, once there were `LEAST_REPEATS`.
    """
    found: dict[str, list[float]] = {name: [] for name in calls}
    begun = clock()
    in_a_row = dict.fromkeys(calls, 1)
    rounds = 0
    while any(len(times) < repeats for times in found.values()):
        if rounds >= LEAST_REPEATS and clock() - begun >= budget_s:
            break
        for name, call in calls.items():
            for _ in range(min(in_a_row[name], repeats - len(found[name]))):
                found[name].append(call() * 1000)
        in_a_row = _in_a_row({name: statistics.median(times) for name, times in found.items()})
        rounds += 1
    return found


def _in_a_row(medians: Mapping[str, float]) -> dict[str, int]:
    slowest = max(medians.values(), default=0.0)
    return {name: max(1, min(MOST_IN_A_ROW, int(slowest / max(ms, 1e-6)))) for name, ms in medians.items()}

"""How far a figure may be from what other files like these would give: percentiles of resampled files."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

RESAMPLES = 2000
_TAIL = 0.025
_LEAST = 2
"""One file says nothing of others."""


def interval(
    items: Sequence[T], figure: Callable[[Sequence[T]], float | None], *, seed: int
) -> tuple[float, float] | None:
    """The 95 % percentile interval of `figure` over resampled `items`, of which each holds all that is of one file.

    None where there are too few of them, or none gives a figure.
    """
    if len(items) < _LEAST:
        return None
    random = Random(seed)  # noqa: S311 - seeded, not a secret
    values = (figure(random.choices(items, k=len(items))) for _ in range(RESAMPLES))
    found = sorted(value for value in values if value is not None)
    if not found:
        return None
    at = round(_TAIL * (len(found) - 1))
    return found[at], found[-1 - at]

"""What the largest cluster of k samples is worth: samples that behave alike vote for what they do."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

ORDERS = 200
"""Random orders of each task, at least: how large a cluster is depends on the whole subset, and no form is closed."""


def random_orders(count: int, *, seed: int) -> Iterator[Sequence[int]]:
    """At least `ORDERS` orders of that many samples, in which each comes first as often."""
    random = Random(seed)  # noqa: S311 - seeded, not a secret
    for _ in range(-(-ORDERS // count)):
        for first in range(count):
            others = [at for at in range(count) if at != first]
            random.shuffle(others)
            yield [first, *others]


def largest_cluster(
    clusters: Sequence[str | None],
    scores: Sequence[float],
    values: Sequence[float],
    orders: Iterable[Sequence[int]],
) -> NDArray[np.float64]:
    """The mean value of the sample that is taken from the largest cluster among k samples, for k = 1 to n.

    Of equally large clusters the one with the best scored sample is taken, and of a cluster its best scored sample; of
    equal ones each is as likely. The mean is over the first k of each of the orders: over all orders, it is that over
    all subsets.

    Args:
        clusters: Of each sample; None of one that never returns, which is taken where there is nothing else.
        scores: Of each sample, higher is better; all equal where none are known.
        values: Of each sample, for example 1.0 where it passes.
        orders: Of the samples' indices, at least one.

    Returns:
        n numbers: the first for k = 1, the last for k = n.
    """
    found = [[values[at] for at in _taken(order, clusters, scores)] for order in orders]
    return np.asarray(found, dtype=np.float64).mean(axis=0)


def _taken(order: Sequence[int], clusters: Sequence[str | None], scores: Sequence[float]) -> Iterator[int]:
    """The sample that is taken after each of `order` has come.

    Only the cluster of the one that came has grown, so it is that one or the one before. Of equals the one that was
    whole first stays, which over all orders is each of them as often.
    """
    sizes: Counter[str | None] = Counter()
    best: dict[str | None, int] = {}
    lead: tuple[float, float] = (-1.0, -math.inf)
    taken = order[0]
    for at in order:
        cluster = clusters[at]
        sizes[cluster] += cluster is not None
        if cluster not in best or scores[at] > scores[best[cluster]]:
            best[cluster] = at
        if (key := (sizes[cluster], scores[best[cluster]])) > lead:
            lead, taken = key, best[cluster]
        yield taken

"""What the best of k samples is worth, as a mean over all subsets of k: exact, in closed form."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def best_of_subset(scores: Sequence[float], values: Sequence[float]) -> NDArray[np.float64]:
    """The mean value of the sample that scores highest among k, for k = 1 to n.

    All subsets of k of the n samples are equally likely. Where several score highest, each is as likely to be taken.

    Args:
        scores: Of each sample; higher is better, minus infinity is worst, NaN is none.
        values: Of each sample, for example 1.0 where it passes.

    Returns:
        n numbers: the first for k = 1, the last for k = n.

    >>> best_of_subset([3.0, 2.0, 1.0], [0.0, 1.0, 1.0]).round(3).tolist()
    [0.667, 0.333, 0.0]
    """
    count = len(scores)
    sizes = np.arange(1, count + 1)
    order = sorted(range(count), key=lambda at: -scores[at])
    found = np.zeros(count)
    # C(n - a, k) / C(n, k): the chance that none of the best a samples is in the subset.
    none_above = np.ones(count)
    start = 0
    while start < count:
        end = start + 1
        while end < count and scores[order[end]] == scores[order[start]]:
            end += 1
        none_within = none_above
        for above in range(start, end):
            none_within = none_within * np.maximum(count - above - sizes, 0) / (count - above)
        found += (none_above - none_within) * (sum(values[at] for at in order[start:end]) / (end - start))
        none_above, start = none_within, end
    return found

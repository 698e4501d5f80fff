"""Latency as a histogram: bounded however much is counted, and histograms of many days add up.

Bucket `k` holds what took at most `2 ** (k / 4)` milliseconds and more than bucket `k - 1` holds; the last one also
holds all that took longer.
"""

import math
from collections.abc import Mapping

STEPS_PER_DOUBLING = 4
LAST_BUCKET = 64
"""Up to 65,536 ms."""
_PREFIX = "latency_"


def bucket_of(latency_ms: float) -> int:
    """The bucket of one latency.

    >>> bucket_of(0.0), bucket_of(1.0), bucket_of(2.0), bucket_of(2.1), bucket_of(1e9)
    (0, 0, 4, 5, 64)
    """
    if latency_ms <= 1:
        return 0
    return min(math.ceil(STEPS_PER_DOUBLING * math.log2(latency_ms)), LAST_BUCKET)


def bucket_name(bucket: int) -> str:
    """The measure that counts a bucket."""
    return f"{_PREFIX}{bucket:02d}"


def bucket_named(measure: str) -> int | None:
    """The bucket that a measure counts, or None where it counts something else.

    >>> bucket_named(bucket_name(7)), bucket_named("shown")
    (7, None)
    """
    number = measure.removeprefix(_PREFIX)
    return int(number) if measure.startswith(_PREFIX) and number.isdecimal() else None


def percentile_ms(histogram: Mapping[int, int], share: float) -> float | None:
    """The latency that `share` of all stay at or under; None where there are none.

    The answer is the geometric middle of the bucket that the true one lies in, so it is at most 9.1 % beside that (from
    1 ms up to the last bucket).

    >>> percentile_ms({8: 9, 40: 1}, 0.5), percentile_ms({}, 0.5)
    (3.7, None)
    """
    total = sum(histogram.values())
    if total <= 0:
        return None
    wanted, seen = math.ceil(share * total), 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= wanted:
            return round(2 ** ((bucket - 0.5) / STEPS_PER_DOUBLING), 1) if bucket else 1.0
    return None

"""pass@k: how likely one of k samples solves a task (Codex paper, section 2.1)."""

import math


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimate from n samples of which c pass: 1 - C(n - c, k) / C(n, k).

    As a product of n - c + 1 … n, which neither overflows nor cancels; 1 - (1 - c / n)^k would be too low.

    Raises:
        ValueError: There are fewer than k samples, or the numbers are no counts.

    >>> pass_at_k(5, 1, 1), pass_at_k(4, 3, 2)
    (0.19999999999999996, 1.0)
    """
    if not (1 <= k <= n and 0 <= c <= n):
        raise ValueError(f"pass@{k} of {n} samples of which {c} pass")
    if n - c < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - c + 1, n + 1))

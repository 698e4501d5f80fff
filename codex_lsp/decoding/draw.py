"""Uniform numbers that depend on where they are used, not on what was drawn before."""

import hashlib

_BITS = 53


def uniform(seed: int, row: int, position: int) -> float:
    """A number in [0, 1) for one step of one row: the same whatever else is sampled beside it.

    Args:
        seed: Of the request.
        row: Number of the row in the request.
        position: Number of the step in the row.

    >>> uniform(7, 0, 3) == uniform(7, 0, 3), uniform(7, 0, 3) == uniform(7, 1, 3)
    (True, False)
    """
    digest = hashlib.blake2b(f"{seed}:{row}:{position}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> (64 - _BITS)) / 2**_BITS

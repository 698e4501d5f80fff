"""A draw of yes or no."""

from random import Random


def chance(random: Random, share: float) -> bool:
    """True in this share of draws."""
    return random.random() < share

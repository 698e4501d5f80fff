"""The smallest set of tests that keeps what all of them together reach."""

from collections.abc import Hashable, Sequence


def smallest_cover(
    reached: Sequence[frozenset[Hashable]], had: frozenset[Hashable] = frozenset(), *, first: int = 0
) -> tuple[int, ...]:
    """Which of the tests are needed, in their order.

    The first ones are taken wherever they add something; then greedily whichever adds most, the earlier one where two
    add as much; then those are dropped again that others have made needless.

    Args:
        reached: What each test reaches: branches, mutants that it kills.
        had: What is reached without them.
        first: How many are preferred to the others.

    >>> smallest_cover([frozenset("ab"), frozenset("bcd"), frozenset("a"), frozenset("d")])
    (0, 1)
    """
    left = frozenset[Hashable]().union(*reached) - had
    taken: list[int] = []
    for at in range(first):
        if reached[at] & left:
            taken.append(at)
            left -= reached[at]
    preferred = len(taken)
    while left:
        best = max(range(len(reached)), key=lambda at: (len(reached[at] & left), -at))
        taken.append(best)
        left -= reached[best]
    for at in reversed(taken[preferred:]):
        others = had.union(*(reached[other] for other in taken if other != at))
        if reached[at] <= others:
            taken.remove(at)
    return tuple(sorted(taken))

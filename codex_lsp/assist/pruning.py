"""The smallest set of tests that keeps what all of them together reach."""

from collections.abc import Hashable, Sequence


def smallest_cover(reached: Sequence[frozenset[Hashable]], had: frozenset[Hashable] = frozenset()) -> tuple[int, ...]:
    """Which of the tests are needed, in their order: greedy set cover, then whatever others make needless is dropped.

    Where two reach as much, the earlier one is taken, so that tests come in the order in which they are preferred.

    Args:
        reached: What each test reaches: branches, mutants that it kills.
        had: What is reached without them.

    >>> smallest_cover([frozenset("ab"), frozenset("bcd"), frozenset("a"), frozenset("d")])
    (0, 1)
    """
    left = frozenset[Hashable]().union(*reached) - had
    taken: list[int] = []
    while left:
        best = max(range(len(reached)), key=lambda at: (len(reached[at] & left), -at))
        taken.append(best)
        left -= reached[best]
    # What was taken first may be reached by all that came after.
    for at in sorted(taken, reverse=True):
        others = had.union(*(reached[other] for other in taken if other != at))
        if reached[at] <= others:
            taken.remove(at)
    return tuple(sorted(taken))

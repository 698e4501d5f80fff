"""How often the model was asked, and how often that was spared."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from codex_lsp.completion.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a pipeline did since it was made.

    Attributes:
        generations: Generations started, prefetches among them.
        prefetches: Those of them that nobody had asked for yet.
        answers: Answers that showed something, by where they came from; every tier is there.
    """

    generations: int
    prefetches: int
    answers: Mapping[Tier, int]


class Tally:
    """Counts while they grow."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self._generations = 0
        self._prefetches = 0
        self._answers: Counter[Tier] = Counter()

    def generation(self, *, is_prefetch: bool) -> None:
        """One more was started."""
        self._generations += 1
        self._prefetches += is_prefetch

    def answer(self, tier: Tier) -> None:
        """One more answer showed something."""
        self._answers[tier] += 1

    @property
    def counts(self) -> Counts:
        """As they are now."""
        answers = {tier: self._answers[tier] for tier in Tier}
        return Counts(generations=self._generations, prefetches=self._prefetches, answers=answers)

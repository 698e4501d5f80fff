"""What is known of samples beside their verdicts: what rankers rank by."""

from collections.abc import Mapping
from dataclasses import dataclass

Key = tuple[str, int]
"""Of a sample: its task and its index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingExtras:
    """What is known of samples beside their verdicts; None where nobody found it out.

    Attributes:
        clusters: Name of the behaviour of each; None of one that never returns anything.
        examples: Whether each holds against the public examples of its task; tasks without examples are absent.
        docstring_logprobs: Log-probability of the task's docstring after each, under a docstring model; None where that
            cannot read it.
    """

    clusters: Mapping[Key, str | None] | None = None
    examples: Mapping[Key, bool] | None = None
    docstring_logprobs: Mapping[Key, float | None] | None = None

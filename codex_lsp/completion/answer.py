"""What a generation has given, for its own place and for what is typed there."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from codex_lsp.completion.anchor import Anchor
from codex_lsp.completion.filters.duplicates import distinct
from codex_lsp.completion.job import Job
from codex_lsp.completion.ranking import rank
from codex_lsp.completion.tier import Tier
from codex_lsp.completion.typed import Typed
from codex_lsp.types import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Candidates for a place.

    Attributes:
        anchor: The place.
        job: What was asked of the model.
        candidates: Best first, distinct, each with what it inserts at the place.
        is_whole: Every row has ended by itself: there is no better answer to come.
    """

    anchor: Anchor
    job: Job
    candidates: tuple[Candidate, ...]
    is_whole: bool

    @classmethod
    def of(cls, anchor: Anchor, job: Job, useful: Iterable[Candidate], *, is_whole: bool) -> "Answer":
        """Rank what may be shown."""
        return cls(anchor=anchor, job=job, candidates=tuple(distinct(rank(list(useful)))), is_whole=is_whole)

    @property
    def characters(self) -> int:
        """About how much memory it takes, in characters; a token takes more than its text."""
        sampled = sum(len(candidate.text) + 16 * len(candidate.tokens) for candidate in self.candidates)
        prompt = self.job.prompt
        shown = len(prompt.prefix) + len(prompt.suffix) + sum(len(snippet.text) for snippet in prompt.snippets)
        return len(self.anchor.before) + len(self.anchor.after) + sampled + shown

    def going_on(self, typed: Typed) -> tuple[Candidate, ...]:
        """The candidates that begin with `typed`, best first; they insert what is left, where that is not blank."""
        if not typed:
            return self.candidates
        lefts = ((candidate, typed.left_of(candidate.insert)) for candidate in self.candidates)
        going_on = [dataclasses.replace(candidate, insert=left) for candidate, left in lefts if left and left.strip()]
        # Cut at what the editor has closed, two may be the same.
        return tuple(distinct(going_on) if typed.closed else going_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer as one request gets it: what goes on from what was typed since, and where that comes from."""

    answer: Answer
    candidates: tuple[Candidate, ...]
    tier: Tier

"""One docstring, and what shows that its words say what the function does."""

from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.assist.result import TextEdit
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.types import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One docstring, and what came of it.

    Attributes:
        docstring: Whole, without indentation.
        edit: That puts it in.
        candidate: Its sentences, as sampled.
        bodies: How many were written from its words.
        alike: How many of them did the same as the original on all inputs.
        unaided: How many of as many did, that were written from words that say nothing.
    """

    docstring: str
    edit: TextEdit
    candidate: Candidate
    bodies: int
    alike: int
    unaided: int

    @property
    def holds(self) -> bool:
        """The words brought back what the signature alone does not."""
        return self.alike > 2 * self.unaided

    @property
    def share(self) -> float:
        """Of the bodies, those that did the same."""
        return self.alike / self.bodies if self.bodies else 0.0

    @property
    def counted(self) -> str:
        """The counts, in words."""
        return (
            f"{self.alike} of {self.bodies} bodies written back from its words do the same, "
            f"and {self.unaided} from its signature alone"
        )


def ranked(proofs: Sequence[Proof]) -> list[Proof]:
    """By the share of bodies that do the same, then by mean log-probability; sampling order where that is not known."""

    def key(proof: Proof) -> tuple[float, float]:
        mean = mean_logprob(proof.candidate)
        return (-proof.share, 0.0 if mean is None else -mean)

    return sorted(proofs, key=key)

"""How the members of the family that learn from problems are trained, beside what every run has."""

from dataclasses import asdict, dataclass
from typing import Any

from codex_lsp.training.supervised_layout import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisedSettings:
    """What decides the outcome of fine-tuning.

    Attributes:
        member: What is learned from problems.
        rows: Problems of a step.
        mix: The share of ordinary rows of the corpus in the loss of a step; 0 for none.
        corpus_rows: How many of them a step reads.
        heldout_share: The share of families that are held out.
        look_every: Steps between looks at the held-out families.
        patience: Looks without a better loss that make a plateau.
    """

    member: Member
    rows: int = 32
    mix: float = 0.0
    corpus_rows: int = 2
    heldout_share: float = 0.06
    look_every: int = 200
    patience: int = 4

    def as_dict(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return asdict(self)

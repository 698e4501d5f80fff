"""What a trainer reads: the batches of every step, with what is to be predicted in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from codex_lsp.training.checkpoint import Position
from codex_lsp.training.rows import RowTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows that are computed together.

    Attributes:
        ids: Token ids [rows, length].
        targets: What the columns `first` to `first + width` are to predict [rows, width]; `loss.IGNORED` counts for
            nothing, as do the columns outside.
        first: The first of those columns.
        weight: What the mean loss of this batch counts in the step's.
    """

    ids: Tensor
    targets: Tensor
    first: int = 0
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step is made of; its loss is the weighted sum of its batches' means.

    Attributes:
        batches: As said.
        short_rows: How many rows of the short file it reads (`Position.short_rows`).
        long_rows: How many rows of the long file.
    """

    batches: tuple[Batch, ...]
    short_rows: int = 0
    long_rows: int = 0

    @property
    def tokens(self) -> int:
        """Tokens of all batches."""
        return sum(batch.ids.numel() for batch in self.batches)


class Feed(Protocol):
    """Decides the rows of each step by the run's position alone, so that a run can go on from a checkpoint."""

    @property
    def tokens(self) -> RowTokens:
        """The ids that have a meaning in its rows."""
        ...

    def check(self, processes: int) -> None:
        """Refuse a number of processes that cannot share every batch.

        Raises:
            TrainingError: They cannot.
        """
        ...

    def step(self, position: Position, progress: float) -> Step:
        """The rows of the step after `position`; `progress` is how much of the budget is used, 0 to 1."""
        ...

    def heldout(self) -> Sequence[Batch]:
        """Rows that nothing is learned from; the weights of the batches add up to 1."""
        ...

"""The rows of pre-training: packed documents, short ones and then long ones, in which every token counts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position
from codex_lsp.training.feed import Batch, Step
from codex_lsp.training.loss import next_tokens
from codex_lsp.training.packing import Row
from codex_lsp.training.rows import HELDOUT, LONG, SHORT, RowFile, RowTokens
from codex_lsp.training.settings import RunSettings

_HELDOUT_TOKENS = 131_072


def packed_batch(rows: Row, tokens: RowTokens, *, weight: float = 1.0) -> Batch:
    """Packed rows [rows, length]; nobody has to predict padding, nor the mark that opens a document."""
    ids = torch.from_numpy(rows.astype(np.int64))
    return Batch(ids=ids, targets=next_tokens(ids, (tokens.padding, tokens.separator)), weight=weight)


class PackedFeed:
    """The packed rows of one run.

    Attributes:
        tokens: The ids that have a meaning in them.
    """

    def __init__(self, run: Path, settings: RunSettings, tokens: RowTokens) -> None:
        """Map the files in the run's `data` folder.

        Raises:
            TrainingError: One is missing or empty.
        """
        self._settings, self.tokens = settings, tokens
        self._rows = {SHORT: RowFile(run / "data" / f"{SHORT}.u16", settings.row_length, settings.seed)}
        if settings.long_share > 0:
            self._rows[LONG] = RowFile(run / "data" / f"{LONG}.u16", settings.long_row_length, settings.seed)
        self._heldout = RowFile(run / "data" / f"{HELDOUT}.u16", settings.row_length, settings.seed)

    def check(self, processes: int) -> None:
        """Refuse a number of processes that cannot share every batch.

        Raises:
            TrainingError: They cannot.
        """
        for length in (self._settings.row_length, self._settings.long_row_length):
            if self._settings.batch_tokens // length % processes:
                raise TrainingError(
                    f"{processes} processes cannot share {self._settings.batch_tokens // length} rows a step"
                )

    def step(self, position: Position, progress: float) -> Step:
        """The next rows: long ones in the last part of the budget."""
        long = progress >= 1.0 - self._settings.long_share
        length = self._settings.long_row_length if long else self._settings.row_length
        count = self._settings.batch_tokens // length
        rows = self._rows[LONG if long else SHORT].batch(position.long_rows if long else position.short_rows, count)
        return Step(
            batches=(packed_batch(rows, self.tokens),),
            short_rows=0 if long else count,
            long_rows=count if long else 0,
        )

    def heldout(self) -> Sequence[Batch]:
        """A fixed part of the held-out rows, as one batch."""
        count = max(1, min(len(self._heldout), _HELDOUT_TOKENS // self._settings.row_length))
        return (packed_batch(self._heldout.batch(0, count), self.tokens),)

"""The steps of supervised fine-tuning: problems, and beside them a share of ordinary rows of the corpus."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position
from codex_lsp.training.feed import Batch, Step
from codex_lsp.training.packed_feed import packed_batch
from codex_lsp.training.rows import HELDOUT, SHORT, RowFile, RowTokens
from codex_lsp.training.settings import RunSettings
from codex_lsp.training.supervised_rows import Example, aligned, grouped
from codex_lsp.training.supervised_settings import SupervisedSettings

_MAX_HELDOUT = 512
"""Problems that one look at them reads; the rest are tasks all the same."""
_FORGETTING_ROWS = 128


class SupervisedFeed:
    """Problems in a drawn order, again and again.

    Attributes:
        tokens: The ids that have a meaning in rows.
    """

    def __init__(
        self,
        train: Sequence[Example],
        heldout: Sequence[Example],
        settings: RunSettings,
        supervised: SupervisedSettings,
        tokens: RowTokens,
        data: Path,
    ) -> None:
        """Plan nothing yet.

        Args:
            train: What is learned.
            heldout: What the plateau is told by.
            settings: The run's settings.
            supervised: How problems are learned.
            tokens: The ids that have a meaning in rows.
            data: The folder of packed rows, where a share of them is mixed in.

        Raises:
            TrainingError: There is nothing to learn or to hold out, or no packed rows.
        """
        if not train or not heldout:
            raise TrainingError("no problem is left to learn from or to hold out; give a larger file with --problems")
        self.tokens = tokens
        self._train = train
        order = Random(settings.seed).sample(range(len(heldout)), min(len(heldout), _MAX_HELDOUT))  # noqa: S311
        self._heldout = [heldout[place] for place in sorted(order)]
        self._settings, self._supervised = settings, supervised
        self._longest = settings.row_length
        self._corpus: RowFile | None = None
        self._forgetting: RowFile | None = None
        if supervised.mix > 0:
            self._corpus = RowFile(data / f"{SHORT}.u16", settings.row_length, settings.seed)
            self._forgetting = RowFile(data / f"{HELDOUT}.u16", settings.row_length, settings.seed)
        # An epoch's plan is made once and kept while it lasts.
        self._batches = cache(self._planned)

    def check(self, processes: int) -> None:
        """Problems are few: one process learns them.

        Raises:
            TrainingError: There are several.
        """
        if processes > 1:
            raise TrainingError("fine-tuning runs in one process; start it without torchrun")

    def _planned(self, epoch: int) -> tuple[list[Example], ...]:
        random = Random(self._settings.seed * 1_000_003 + epoch)  # noqa: S311 - a seeded draw, not a secret
        return tuple(grouped(self._train, self._supervised.rows, self._longest, random))

    def step(self, position: Position, progress: float) -> Step:
        """The next batch of problems, and rows of the corpus beside it."""
        del progress
        batch = self._drawn(position.step)
        share = self._supervised.mix
        batches = [aligned(batch, self._supervised.rows, self._longest, self.tokens, weight=1.0 - share)]
        if self._corpus is not None:
            rows = self._corpus.batch(position.short_rows, self._supervised.corpus_rows)
            batches.append(packed_batch(rows, self.tokens, weight=share))
            return Step(batches=tuple(batches), short_rows=self._supervised.corpus_rows)
        return Step(batches=tuple(batches))

    def _drawn(self, step: int) -> list[Example]:
        """Batch `step`, counted over all epochs; every epoch has a draw, and perhaps a length, of its own."""
        epoch = 0
        while step >= len(self._batches(epoch)):
            step -= len(self._batches(epoch))
            epoch += 1
        return self._batches(epoch)[step]

    def heldout(self) -> Sequence[Batch]:
        """Problems of families that nothing is learned from."""
        groups = list(grouped(self._heldout, self._supervised.rows, self._longest, None))
        count = sum(len(example.answer) for group in groups for example in group)
        return [
            aligned(
                group,
                self._supervised.rows,
                self._longest,
                self.tokens,
                weight=sum(len(example.answer) for example in group) / count,
            )
            for group in groups
        ]

    def forgetting(self) -> Sequence[Batch]:
        """Held-out rows of the corpus, which tell what is lost of it; empty where none is mixed in."""
        if self._forgetting is None:
            return ()
        rows = self._forgetting.batch(0, min(len(self._forgetting), _FORGETTING_ROWS))
        each = self._supervised.corpus_rows
        parts = [rows[start : start + each] for start in range(0, len(rows) - each + 1, each)]
        return [packed_batch(part, self.tokens, weight=1.0 / len(parts)) for part in parts]

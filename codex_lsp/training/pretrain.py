"""Pre-training from scratch: a loop that can be killed at any moment and goes on where its last checkpoint stands."""

import csv
import logging
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np
import torch
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position, checkpoints, load_checkpoint, load_weights, save_checkpoint
from codex_lsp.training.loss import IGNORED, Kernel, cross_entropy, loss_and_gradient
from codex_lsp.training.network import Network
from codex_lsp.training.optimiser import Optimiser
from codex_lsp.training.packing import Row
from codex_lsp.training.presets import Budget, RunSettings, learning_rate_factor
from codex_lsp.training.rows import HELDOUT, LONG, SHORT, RowFile

log = logging.getLogger(__name__)

CURVE = "loss.csv"
_CURVE_FIELDS = ("step", "tokens", "elapsed_s", "rate_factor", "loss")
_REPORT_EVERY_S = 2.0
_HELDOUT_BATCHES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a session of a run ended with.

    Attributes:
        position: Where the run stands.
        finished: Whether the budget is used up; False after a stop.
        heldout_loss: Nats per token on packed held-out rows; None unless finished.
    """

    position: Position
    finished: bool
    heldout_loss: float | None


def use_threads(threads: int) -> None:
    """Compute with so many CPU threads."""
    torch.set_num_threads(threads)


class Pretraining:
    """One session of a run: the network, its optimiser, its rows, and where it stands."""

    def __init__(
        self,
        run: Path,
        settings: RunSettings,
        ignored: tuple[int, int],
        *,
        compile_blocks: bool,
        start_from: Path | None = None,
    ) -> None:
        """Open the run's rows and its newest checkpoint, if there is one.

        Args:
            run: The run's folder; its `data` folder holds the packed rows.
            settings: The run's settings.
            ignored: Token ids that are never predicted: padding, and the mark that opens a header.
            start_from: A checkpoint of another run whose weights a new run begins with.
            compile_blocks: Compile the layers and the loss where a C++ compiler is found.
        """
        self.run, self.settings, self._ignored = run, settings, ignored
        self._rows = {
            SHORT: RowFile(run / "data" / f"{SHORT}.u16", settings.row_length),
            LONG: RowFile(run / "data" / f"{LONG}.u16", settings.long_row_length),
        }
        self._heldout = RowFile(run / "data" / f"{HELDOUT}.u16", settings.row_length)
        torch.manual_seed(settings.seed)
        self.network = Network(settings.network)
        self._optimiser = Optimiser(self.network, settings)
        saved = checkpoints(run)
        if not saved and start_from is not None:
            load_weights(start_from, self.network)
        self.position = load_checkpoint(saved[-1], self.network, self._optimiser) if saved else Position()
        self._kernel: Kernel = loss_and_gradient
        if compile_blocks and has_compiler():
            self._kernel = torch.compile(loss_and_gradient, dynamic=False)
            for layer in self.network.model.layers:
                layer.compile(dynamic=False)

    def train(self, budget: Budget, stop: Event, notify: Callable[[str], None]) -> Outcome:
        """Train until the budget is used up or `stop` is set; a checkpoint stands at the end of both.

        Raises:
            TrainingError: The loss is not a number; the checkpoint before it stands.
        """
        began = time.monotonic() - self.position.elapsed_s
        saved_at, reported_at = time.monotonic(), 0.0
        with _Curve(self.run / CURVE, self.position.step) as curve:
            while not stop.is_set():
                progress = budget.progress(self.position.tokens, self.position.elapsed_s)
                if progress >= 1.0:
                    break
                factor = learning_rate_factor(self.settings, progress)
                loss = self._step(progress, factor)
                now = time.monotonic()
                self.position.elapsed_s = now - began
                curve.add(self.position, factor, loss)
                if now - reported_at >= _REPORT_EVERY_S:
                    reported_at = now
                    notify(_progress_line(self.position, budget, loss))
                if now - saved_at >= self.settings.checkpoint_every_s:
                    self._save(curve)
                    saved_at = time.monotonic()
            self._save(curve)
        finished = budget.progress(self.position.tokens, self.position.elapsed_s) >= 1.0
        return Outcome(
            position=self.position, finished=finished, heldout_loss=self.heldout_loss() if finished else None
        )

    def heldout_loss(self) -> float:
        """Mean nats per token over packed held-out rows."""
        count = max(1, self.settings.batch_tokens // self.settings.row_length)
        batches = max(1, min(_HELDOUT_BATCHES, len(self._heldout) // count))
        with torch.no_grad():
            losses = [float(self._loss(self._heldout.batch(number * count, count))) for number in range(batches)]
        return sum(losses) / len(losses)

    def _save(self, curve: "_Curve") -> None:
        curve.flush()
        save_checkpoint(self.run, self.network, self._optimiser, self.position)

    def _step(self, progress: float, factor: float) -> float:
        long = progress >= 1.0 - self.settings.long_share
        rows = self._rows[LONG if long else SHORT]
        length = self.settings.long_row_length if long else self.settings.row_length
        count = self.settings.batch_tokens // length
        first = self.position.long_rows if long else self.position.short_rows
        loss = self._loss(rows.batch(first, count))
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(
                f"step {self.position.step + 1}: the loss is {value}; the last checkpoint in {self.run} stands, "
                "continue from it with a lower learning rate"
            )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        self._optimiser.step(factor)
        self.position.step += 1
        self.position.tokens += count * length
        self.position.long_rows += count if long else 0
        self.position.short_rows += 0 if long else count
        return value

    def _loss(self, batch: Row) -> Tensor:
        ids = torch.from_numpy(batch.astype(np.int64))
        targets = torch.full_like(ids, IGNORED)
        targets[:, :-1] = ids[:, 1:]
        for token in self._ignored:
            targets[targets == token] = IGNORED
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.network(ids).flatten(0, 1).to(torch.bfloat16)
        return cross_entropy(hidden, self.network.model.embed_tokens.weight, targets.flatten(), self._kernel)


def has_compiler() -> bool:
    """Whether a C++ compiler is found, without which torch cannot compile for the CPU."""
    return any(shutil.which(name) is not None for name in ("c++", "g++", "clang++"))


def _progress_line(position: Position, budget: Budget, loss: float) -> str:
    progress = budget.progress(position.tokens, position.elapsed_s)
    remaining_s = position.elapsed_s * (1.0 - progress) / progress if progress else 0.0
    rate = position.tokens / position.elapsed_s
    return (
        f"step {position.step}  loss {loss:.3f}  {rate:,.0f} tokens/s  {progress:.1%}  "
        f"{remaining_s // 60:.0f} min {remaining_s % 60:02.0f} s left"
    )


class _Curve:
    """The loss of every step as CSV; steps after the checkpoint that a session starts from are cut off."""

    def __init__(self, path: Path, step: int) -> None:
        self._path = path
        self._kept = _curve_until(path, step)

    def __enter__(self) -> "_Curve":
        self._file = self._path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(_CURVE_FIELDS)
        self._writer.writerows(self._kept)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, position: Position, factor: float, loss: float) -> None:
        elapsed_s = f"{position.elapsed_s:.3f}"
        self._writer.writerow((position.step, position.tokens, elapsed_s, f"{factor:.5f}", f"{loss:.6f}"))

    def flush(self) -> None:
        self._file.flush()


def _curve_until(path: Path, step: int) -> list[list[str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [row for row in rows if len(row) == len(_CURVE_FIELDS) and int(row[0]) <= step]

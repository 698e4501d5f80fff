"""Pre-training from scratch: a loop that can be killed at any moment and goes on where its last checkpoint stands."""

import logging
import math
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np
import torch
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position, checkpoints, load_checkpoint, save_checkpoint
from codex_lsp.training.curve import CURVE, PICTURE, Curve, draw
from codex_lsp.training.distributed import World
from codex_lsp.training.loss import IGNORED, Kernel, cross_entropy, loss_and_gradient, next_tokens
from codex_lsp.training.network import Network
from codex_lsp.training.optimiser import Optimiser
from codex_lsp.training.packing import Row
from codex_lsp.training.rows import HELDOUT, LONG, SHORT, RowFile, RowTokens
from codex_lsp.training.settings import Budget, RunSettings, learning_rate_factor

log = logging.getLogger(__name__)

_REPORT_EVERY_S = 2.0
_HELDOUT_TOKENS = 131_072


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
    """One process's session of a run: the network, its optimiser, its rows, and where it stands."""

    def __init__(
        self,
        run: Path,
        settings: RunSettings,
        tokens: RowTokens,
        world: World,
        *,
        compile_blocks: bool,
        begin: Callable[[Network], None] | None = None,
    ) -> None:
        """Open the run's rows and its newest checkpoint, if there is one.

        Args:
            run: The run's folder; its `data` folder holds the packed rows.
            settings: The run's settings.
            tokens: The ids that have a meaning in rows.
            world: The processes that train together.
            begin: Gives the network of a new run the weights it begins with, if not random ones.
            compile_blocks: Compile the layers and the loss where a C++ compiler is found.

        Raises:
            TrainingError: The processes cannot share a batch, or a checkpoint cannot be read.
        """
        self.run, self.settings, self._tokens, self._world = run, settings, tokens, world
        for length in (settings.row_length, settings.long_row_length):
            if settings.batch_tokens // length % world.size:
                raise TrainingError(
                    f"{world.size} processes cannot share {settings.batch_tokens // length} rows a step"
                )
        self._rows = {SHORT: RowFile(run / "data" / f"{SHORT}.u16", settings.row_length, settings.seed)}
        if settings.long_share > 0:
            self._rows[LONG] = RowFile(run / "data" / f"{LONG}.u16", settings.long_row_length, settings.seed)
        self._heldout = RowFile(run / "data" / f"{HELDOUT}.u16", settings.row_length, settings.seed)
        torch.manual_seed(settings.seed)
        self.network = Network(settings.network, silent_layers=settings.silent_layers).to(world.device)
        self._optimiser = Optimiser(self.network, settings, world)
        saved = checkpoints(run)
        if not saved and begin is not None:
            begin(self.network)
        self.position = load_checkpoint(saved[-1], self.network, self._optimiser) if saved else Position()
        self._kernel: Kernel = loss_and_gradient
        if compile_blocks and (world.device.type == "cuda" or has_compiler()):
            self._kernel = torch.compile(loss_and_gradient, dynamic=False)
            for layer in self.network.model.layers:
                layer.compile(dynamic=False)

    def train(self, budget: Budget, stop: Event, notify: Callable[[str], None]) -> Outcome:
        """Train until the budget is used up or `stop` is set; a checkpoint stands at the end of both.

        Raises:
            TrainingError: The loss or its gradient is not a number, a checkpoint cannot be written, torch cannot
                compile here, or the device's memory is full; the checkpoint before stands.
        """
        with _device_failures_named():
            return self._trained(budget, stop, notify)

    def _trained(self, budget: Budget, stop: Event, notify: Callable[[str], None]) -> Outcome:
        began = time.monotonic() - self.position.elapsed_s
        saved_at, reported_at = time.monotonic(), 0.0
        curve_of_leader = Curve(self.run / CURVE, self.position.step) if self._world.leads else nullcontext()
        with curve_of_leader as curve:
            while True:
                told = budget.progress(self.position.tokens, self.position.elapsed_s)
                progress, stopped = self._world.agreed(told, float(stop.is_set()))
                if stopped or progress >= 1.0:
                    break
                factor = learning_rate_factor(self.settings, progress, self.position.step)
                loss = self.step(progress, factor)
                now = time.monotonic()
                self.position.elapsed_s = now - began
                if curve is None:
                    continue
                curve.add(self.position, factor, loss)
                if now - reported_at >= _REPORT_EVERY_S:
                    reported_at = now
                    notify(_progress_line(self.position, budget, loss))
                if now - saved_at >= self.settings.checkpoint_every_s:
                    self._save(curve)
                    saved_at = time.monotonic()
            if curve is not None:
                self._save(curve)
        if self._world.leads:
            draw(self.run / CURVE, self.run / PICTURE)
        finished = progress >= 1.0
        return Outcome(
            position=self.position, finished=finished, heldout_loss=self.heldout_loss() if finished else None
        )

    def heldout_loss(self) -> float:
        """Mean nats per token over packed held-out rows."""
        batch = self._heldout.batch(0, max(1, min(len(self._heldout), _HELDOUT_TOKENS // self.settings.row_length)))
        with torch.no_grad():
            return sum(float(loss) for loss in self._losses(batch))

    def _save(self, curve: Curve) -> None:
        curve.flush()
        save_checkpoint(self.run, self.network, self._optimiser, self.position)

    def step(self, progress: float, factor: float) -> float:
        """Train on the next batch, and return its loss in nats.

        Args:
            progress: How much of the budget is used, 0 to 1; its last part is spent on long rows.
            factor: What the learning rates are scaled by.

        Raises:
            TrainingError: The loss or its gradient is not a number; no weight was changed.
        """
        long = progress >= 1.0 - self.settings.long_share
        rows = self._rows[LONG if long else SHORT]
        length = self.settings.long_row_length if long else self.settings.row_length
        count = self.settings.batch_tokens // length
        value = self._backward(rows.batch(self.position.long_rows if long else self.position.short_rows, count))
        self._world.sum_gradients(self.network.parameters())
        norm = float(torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm))
        if not (math.isfinite(value) and math.isfinite(norm)):
            raise TrainingError(
                f"step {self.position.step + 1}: the loss is {value} and its gradient's norm {norm}; the last "
                f"checkpoint stands: begin with it by --start-from {self.run} --recipe faithful and another --out"
            )
        self._optimiser.step(factor)
        self.position.step += 1
        self.position.tokens += count * length
        self.position.long_rows += count if long else 0
        self.position.short_rows += 0 if long else count
        return value

    def _backward(self, batch: Row) -> float:
        """Add this process's part of the batch's gradient, and return the loss of the whole batch."""
        total = torch.zeros((), device=self._world.device)
        for loss in self._losses(batch, shared=True):
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        return float(self._world.sum(total))

    def _losses(self, batch: Row, *, shared: bool = False) -> Iterator[Tensor]:
        """The parts of the batch's mean loss, one for each piece that fits `micro_tokens`; they add up to it."""
        whole = torch.from_numpy(batch.astype(np.int64))
        targets = next_tokens(whole, (self._tokens.padding, self._tokens.separator))
        count = max(1.0, float((targets != IGNORED).sum()))
        each = batch.shape[0] // self._world.size if shared else batch.shape[0]
        first = self._world.rank * each if shared else 0
        step = max(1, self.settings.micro_tokens // batch.shape[1])
        device = self._world.device
        for start in range(first, first + each, step):
            rows = slice(start, min(start + step, first + each))
            ids = whole[rows].to(device)
            with torch.autocast(device.type, torch.bfloat16):
                hidden = self.network(ids, self._tokens.separator).flatten(0, 1).to(torch.bfloat16)
            wanted = targets[rows].flatten().to(device)
            yield cross_entropy(hidden, self.network.model.embed_tokens.weight, wanted, self._kernel, count=count)


def has_compiler() -> bool:
    """Whether a C++ compiler is found, without which torch cannot compile for the CPU."""
    return any(shutil.which(name) is not None for name in ("c++", "g++", "clang++"))


@contextmanager
def _device_failures_named() -> Generator[None]:
    """What a machine lacks, in one line with the flag that does without it."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            f"the device's memory is full ({_first_line(error)}); choose a smaller --preset, or --device cpu"
        ) from error
    except RuntimeError as error:
        from torch._dynamo.exc import TorchDynamoException

        if not isinstance(error, TorchDynamoException):
            raise
        raise TrainingError(
            f"torch cannot compile here ({_first_line(error)}); run it with --no-compile, or install a C++ compiler "
            "and Python's headers"
        ) from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:160]


def _progress_line(position: Position, budget: Budget, loss: float) -> str:
    progress = budget.progress(position.tokens, position.elapsed_s)
    remaining_s = position.elapsed_s * (1.0 - progress) / progress if progress else 0.0
    rate = position.tokens / position.elapsed_s
    return (
        f"step {position.step}  loss {loss:.3f}  {rate:,.0f} tokens/s  {progress:.1%}  "
        f"{remaining_s // 60:.0f} min {remaining_s % 60:02.0f} s left"
    )

"""The training loop: it can be killed at any moment and goes on where its last checkpoint stands."""

import logging
import math
import shutil
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import torch
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position, checkpoints, load_checkpoint, save_checkpoint
from codex_lsp.training.curve import CURVE, PICTURE, Curve, draw
from codex_lsp.training.distributed import World
from codex_lsp.training.feed import Batch, Feed
from codex_lsp.training.loss import IGNORED, Kernel, cross_entropy, loss_and_gradient
from codex_lsp.training.network import Network
from codex_lsp.training.optimiser import Optimiser
from codex_lsp.training.plateau import Plateau
from codex_lsp.training.settings import Budget, RunSettings, learning_rate_factor

log = logging.getLogger(__name__)

_REPORT_EVERY_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a session of a run ended with.

    Attributes:
        position: Where the run stands.
        finished: Whether the budget is used up; False after a stop.
        heldout_loss: Nats per token on the feed's held-out rows; None unless finished.
    """

    position: Position
    finished: bool
    heldout_loss: float | None


def use_threads(threads: int) -> None:
    """Compute with so many CPU threads."""
    torch.set_num_threads(threads)


class Pretraining:
    """One process's session of a run: the network, its optimiser, what it reads, and where it stands."""

    def __init__(
        self,
        run: Path,
        settings: RunSettings,
        feed: Feed,
        world: World,
        *,
        compile_blocks: bool,
        begin: Callable[[Network], None] | None = None,
    ) -> None:
        """Open the run's newest checkpoint, if there is one.

        Args:
            run: The run's folder.
            settings: The run's settings.
            feed: The rows of its steps.
            world: The processes that train together.
            begin: Gives the network of a new run the weights it begins with, if not random ones.
            compile_blocks: Compile the layers and the loss where a C++ compiler is found.

        Raises:
            TrainingError: The processes cannot share a batch, or a checkpoint cannot be read.
        """
        feed.check(world.size)
        self.run, self.settings, self._feed, self._world = run, settings, feed, world
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

    def train(
        self, budget: Budget, stop: Event, notify: Callable[[str], None], plateau: Plateau | None = None
    ) -> Outcome:
        """Train until the budget is used up or `stop` is set; a checkpoint stands at the end of both.

        Args:
            budget: When it ends.
            stop: Ends it after the step in hand.
            notify: Told the progress.
            plateau: Told the loss on held-out rows from time to time, and may make the budget smaller.

        Raises:
            TrainingError: The loss or its gradient is not a number, a checkpoint cannot be written, torch cannot
                compile here, or the device's memory is full; the checkpoint before stands.
        """
        with _device_failures_named():
            return self._trained(budget, stop, notify, plateau)

    def _trained(self, budget: Budget, stop: Event, notify: Callable[[str], None], plateau: Plateau | None) -> Outcome:
        began = time.monotonic() - self.position.elapsed_s
        saved_at, reported_at = time.monotonic(), 0.0
        curve_of_leader = Curve(self.run / CURVE, self.position.step) if self._world.leads else nullcontext()
        with curve_of_leader as curve:
            while True:
                budget = self._watched(plateau, budget, notify)
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

    def _watched(self, plateau: Plateau | None, budget: Budget, notify: Callable[[str], None]) -> Budget:
        """The budget that holds from here on."""
        return budget if plateau is None else plateau.watched(self.position, budget, self.heldout_loss, notify)

    def heldout_loss(self) -> float:
        """Mean nats per token over the feed's held-out rows."""
        return self.loss_on(self._feed.heldout())

    def loss_on(self, batches: Iterable[Batch]) -> float:
        """The weighted sum of the batches' mean losses; nothing is learned."""
        with torch.no_grad():
            return sum(float(loss) for loss in self._losses(batches))

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
        rows = self._feed.step(self.position, progress)
        value = self._backward(rows.batches)
        self._world.sum_gradients(self.network.parameters())
        norm = float(torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm))
        if not (math.isfinite(value) and math.isfinite(norm)):
            raise TrainingError(
                f"step {self.position.step + 1}: the loss is {value} and its gradient's norm {norm}; the last "
                f"checkpoint stands: begin with it by --start-from {self.run} --recipe faithful and another --out"
            )
        self._optimiser.step(factor)
        self.position.step += 1
        self.position.tokens += rows.tokens
        self.position.long_rows += rows.long_rows
        self.position.short_rows += rows.short_rows
        return value

    def _backward(self, batches: Iterable[Batch]) -> float:
        """Add this process's part of the step's gradient, and return the loss of the whole step."""
        total = torch.zeros((), device=self._world.device)
        for loss in self._losses(batches, shared=True):
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        return float(self._world.sum(total))

    def _losses(self, batches: Iterable[Batch], *, shared: bool = False) -> Iterator[Tensor]:
        """The parts of the step's loss, one for each piece that fits `micro_tokens`; they add up to it."""
        device, tokens = self._world.device, self._feed.tokens
        for batch in batches:
            count = max(1.0, float((batch.targets != IGNORED).sum())) / batch.weight
            each = batch.ids.shape[0] // self._world.size if shared else batch.ids.shape[0]
            begin = self._world.rank * each if shared else 0
            step = max(1, self.settings.micro_tokens // batch.ids.shape[1])
            columns = slice(batch.first, batch.first + batch.targets.shape[1])
            for start in range(begin, begin + each, step):
                rows = slice(start, min(start + step, begin + each))
                ids = batch.ids[rows].to(device)
                with torch.autocast(device.type, torch.bfloat16):
                    hidden = self.network(ids, tokens.separator, tokens.padding)[:, columns]
                    flat = hidden.flatten(0, 1).to(torch.bfloat16)
                wanted = batch.targets[rows].flatten().to(device)
                yield cross_entropy(flat, self.network.model.embed_tokens.weight, wanted, self._kernel, count=count)


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

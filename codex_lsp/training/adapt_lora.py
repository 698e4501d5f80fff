"""Low-rank adaptation (Hu et al., 2021) of a loaded model by `peft`: small matrices are learned, its own stay."""

import copy
import math
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from codex_lsp.errors import TrainingError
from codex_lsp.training.loss import IGNORED

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""What attention and feed-forward layers of the architectures in use call their matrices."""
MAX_WARM_UP_SHARE = 0.1
"""Of the budget."""
_REPORT_EVERY_S = 2.0
_MIN_RATE_FACTOR = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraSettings:
    """What decides the outcome, beside the files.

    Attributes:
        rank: Of the learned matrices.
        alpha: Their product counts `alpha / rank` times.
        rate: The highest learning rate.
        warm_up_steps: Steps in which the rate rises; then it falls to zero with the budget.
        weight_decay: Of the learned matrices.
        clip_norm: The longest gradient.
        batch_tokens: Tokens of one step at most, padding included.
        max_passes: The end, at the latest, by how often each file was taken up.
        seed: Of the matrices' first values and the examples.
    """

    rank: int = 16
    alpha: int = 32
    rate: float = 2e-3
    warm_up_steps: int = 20
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    batch_tokens: int = 2048
    max_passes: int = 8
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a training did; `stopped` tells of a person's own end."""

    steps: int
    tokens: int
    elapsed_s: float
    last_loss: float
    stopped: bool


def use_all_cores(threads: int) -> None:
    """Compute with so many CPU threads, or with all there are for 0: nobody types meanwhile."""
    torch.set_num_threads(threads or os.cpu_count() or 1)


def end_of_text_id(model: PreTrainedModel) -> int | None:
    """The id by which a model ends a text, where its configuration names one."""
    named = model.config.get_text_config().eos_token_id
    return next((id_ for id_ in (named if isinstance(named, list) else [named]) if isinstance(id_, int)), None)


class Adaptation:
    """A model with matrices to be learned; the model that it was made from stays as it is and shares its weights."""

    def __init__(self, model: PreTrainedModel, settings: LoraSettings) -> None:
        """Put matrices beside every projection.

        Raises:
            TrainingError: The model has none of the projections.
        """
        targets = {path.rsplit(".", 1)[-1] for path, module in model.named_modules() if isinstance(module, nn.Linear)}
        targets.intersection_update(PROJECTIONS)
        if not targets:
            raise TrainingError(
                f"{type(model).__name__}: has none of the projections {', '.join(PROJECTIONS)}; adapt another model"
            )
        self._settings = settings
        torch.manual_seed(settings.seed)
        shared = cast("dict[int, object]", {id(weight): weight for weight in model.parameters()})
        config = LoraConfig(r=settings.rank, lora_alpha=settings.alpha, target_modules=sorted(targets))
        with warnings.catch_warnings():
            # `peft` still asks `transformers` by names that are on their way out there.
            warnings.simplefilter("ignore", FutureWarning)
            self._model = cast("PeftModel", get_peft_model(copy.deepcopy(model, shared), config))
        self._model.train()
        self._weights = [weight for weight in self._model.parameters() if weight.requires_grad]

    def learn(
        self,
        batches: Iterator[list[list[int]]],
        spent: Callable[[float], float],
        stopped: Callable[[], bool],
        notify: Callable[[str], None],
    ) -> Learned:
        """Learn until the budget is used up or `stopped` says so.

        Args:
            batches: Examples as token ids.
            spent: The used share of the budget after so many seconds; from 1 on it is used up.
            stopped: Asked before every step.
            notify: Told the progress.

        Raises:
            TrainingError: The loss is not a number.
        """
        optimiser = torch.optim.AdamW(
            self._weights, lr=self._settings.rate, betas=(0.9, 0.95), weight_decay=self._settings.weight_decay
        )
        began = reported = time.monotonic()
        steps, tokens, loss, elapsed_s = 0, 0, math.nan, 0.0
        while (share := spent(elapsed_s)) < 1.0 and not stopped():
            # A machine that is too slow for all these steps warms up by its time.
            rising = min(1.0, max((steps + 1) / self._settings.warm_up_steps, share / MAX_WARM_UP_SHARE))
            optimiser.param_groups[0]["lr"] = self._settings.rate * rising * max(1.0 - share, _MIN_RATE_FACTOR)
            batch = next(batches)
            loss = self._step(batch, optimiser, steps + 1)
            steps, tokens = steps + 1, tokens + sum(map(len, batch))
            elapsed_s = time.monotonic() - began
            if time.monotonic() - reported >= _REPORT_EVERY_S:
                reported = time.monotonic()
                notify(_progress_line(steps, loss, tokens / elapsed_s, spent(elapsed_s), elapsed_s))
        return Learned(steps=steps, tokens=tokens, elapsed_s=elapsed_s, last_loss=loss, stopped=stopped())

    def save(self, folder: Path, base: str) -> None:
        """Write what was learned, and nothing of the model, as safetensors.

        Args:
            folder: Where to.
            base: What the model is called in the configuration.

        Raises:
            OSError: It cannot be written.
        """
        self._model.peft_config["default"].base_model_name_or_path = base
        # Without the word on embeddings, `peft` would look for the model at its hub.
        self._model.save_pretrained(str(folder), safe_serialization=True, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)

    def _step(self, batch: list[list[int]], optimiser: torch.optim.Optimizer, number: int) -> float:
        loss = self._loss(batch)
        value = loss.detach().item()
        if not math.isfinite(value):
            raise TrainingError(f"step {number}: the loss is {value}; the model cannot be adapted to these files")
        loss.backward()
        nn.utils.clip_grad_norm_(self._weights, self._settings.clip_norm)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        return value

    def _loss(self, batch: list[list[int]]) -> Tensor:
        length = max(map(len, batch))
        ids = torch.tensor([[*row, *[0] * (length - len(row))] for row in batch], device=self._model.device)
        # Padding comes last, so no token ever looks at it.
        targets = torch.tensor([[*row[1:], *[IGNORED] * (length - len(row) + 1)] for row in batch])
        with torch.autocast(self._model.device.type, torch.bfloat16):
            output: Any = self._model(input_ids=ids, use_cache=False)
        logits = output.logits.flatten(0, 1).float()
        return functional.cross_entropy(logits, targets.flatten().to(ids.device), ignore_index=IGNORED)


def _progress_line(steps: int, loss: float, rate: float, share: float, elapsed_s: float) -> str:
    left_s = elapsed_s * max(1.0 - share, 0.0) / share if share else 0.0
    return (
        f"step {steps}  loss {loss:.3f}  {rate:,.0f} tokens/s  {min(share, 1.0):.0%}  "
        f"{left_s // 60:.0f} min {left_s % 60:02.0f} s left"
    )

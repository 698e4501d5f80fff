"""What decides the outcome of a pre-training run, and when it ends."""

import math
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.training.fim import FimOptions
from codex_lsp.training.network import NetworkConfig

_COSINE_FLOOR = 0.1
_LINEAR_FLOOR = 0.01


class OptimiserName(StrEnum):
    """Which optimiser trains the matrices of the layers; the rest is AdamW's in both cases."""

    ADAM = "adam"
    MUON = "muon"


class Schedule(StrEnum):
    """How the learning rates go after the warm-up."""

    COSINE = "cosine"
    """Down to a tenth along a cosine over the whole budget, as the paper."""
    CONSTANT_THEN_DECAY = "constant-then-decay"
    """Constant, then linearly to a hundredth over the last part; after it a run can go on with a fresh optimiser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What decides the outcome of a run, its budget apart.

    Attributes:
        network: The decoder's shape.
        silent_layers: Layers add nothing at first (their output projections begin at zero).
        fim: How examples are made.
        import_dropout: The chance of a document to lose its import lines, each by an even chance.
        other_languages: The chance of a document to be read if it is not Python.
        row_length: Tokens per row for the first part of the budget.
        long_row_length: Tokens per row for the rest, so that the model has seen the positions it will serve.
        long_share: The share of the budget spent on long rows.
        batch_tokens: Tokens per optimiser step; a multiple of both row lengths.
        micro_tokens: Tokens that one process computes at a time, to bound its memory.
        optimiser: For the matrices of the layers.
        matrix_rate: Muon's learning rate.
        matrix_decay: Muon's weight decay.
        vector_rate: AdamW's learning rate.
        weight_decay: AdamW's decay of what is not a vector.
        schedule: The course of the rates.
        warmup_steps: Steps in which the rates rise linearly.
        decay_share: The share of the budget, at its end, in which constant rates fall to a hundredth.
        clip_norm: The gradient's largest norm.
        checkpoint_every_s: Seconds between checkpoints.
        seed: Decides the order of documents, the examples and the initial weights.
    """

    network: NetworkConfig = field(default_factory=NetworkConfig)
    silent_layers: bool = True
    fim: FimOptions = field(default_factory=FimOptions)
    import_dropout: float = 0.1
    other_languages: float = 1.0
    row_length: int = 512
    long_row_length: int = 2048
    long_share: float = 0.1
    batch_tokens: int = 4096
    micro_tokens: int = 65_536
    optimiser: OptimiserName = OptimiserName.MUON
    matrix_rate: float = 0.02
    matrix_decay: float = 0.01
    vector_rate: float = 5e-3
    weight_decay: float = 0.1
    schedule: Schedule = Schedule.CONSTANT_THEN_DECAY
    warmup_steps: int = 50
    decay_share: float = 0.4
    clip_norm: float = 1.0
    checkpoint_every_s: float = 120.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse lengths that do not fit.

        Raises:
            TrainingError: A row length does not divide the batch or exceeds the positions.
        """
        for length in (self.row_length, self.long_row_length):
            if self.batch_tokens % length or length > self.network.max_position_embeddings:
                raise TrainingError(f"row length {length} must divide {self.batch_tokens} and fit the positions")

    def as_dict(self) -> dict[str, Any]:
        """The fields as JSON values; a limit that is not set is left out."""
        return {**asdict(self), "fim": {name: value for name, value in asdict(self.fim).items() if value is not None}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When a run ends: at the first limit it reaches.

    Attributes:
        max_tokens: Tokens trained on.
        max_seconds: Seconds of training, over all of its sessions; None for no limit.
    """

    max_tokens: int
    max_seconds: float | None = None

    def progress(self, tokens: int, elapsed_s: float) -> float:
        """How much of the budget is used, 0 to 1."""
        by_time = 0.0 if self.max_seconds is None else elapsed_s / self.max_seconds
        return min(1.0, max(tokens / self.max_tokens, by_time))


def learning_rate_factor(settings: RunSettings, progress: float, step: int) -> float:
    """The factor on the rates of step `step` (from 0) at `progress` (0 to 1): up linearly, then by the schedule."""
    rise = min(1.0, (step + 1) / max(1, settings.warmup_steps))
    if settings.schedule is Schedule.COSINE:
        return rise * (_COSINE_FLOOR + (1.0 - _COSINE_FLOOR) * (1.0 + math.cos(math.pi * progress)) / 2.0)
    fall = (1.0 - progress) / settings.decay_share if settings.decay_share > 0 else 1.0
    return max(_LINEAR_FLOOR, min(rise, fall))

"""The settings of a pre-training run, and the named sets of them."""

from dataclasses import asdict, dataclass, field
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.training.fim import FimOptions
from codex_lsp.training.network import NetworkConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What decides the outcome of a run, its budget apart.

    Attributes:
        network: The decoder's shape.
        fim: How examples are made.
        row_length: Tokens per row for the first part of the budget.
        long_row_length: Tokens per row for the rest, so that the model has seen the positions it will serve.
        long_share: The share of the budget spent on long rows.
        batch_tokens: Tokens per optimiser step; a multiple of both row lengths.
        matrix_rate: Muon's learning rate, for the two-dimensional weights of the layers.
        vector_rate: AdamW's learning rate, for the embedding and the norms.
        weight_decay: AdamW's decay of the embedding; Muon uses a tenth.
        warmup_share: The share of the budget in which the rates rise.
        decay_share: The share of the budget, at its end, in which they fall to zero.
        clip_norm: The gradient's largest norm.
        checkpoint_every_s: Seconds between checkpoints.
        seed: Decides the order of documents, the examples and the initial weights.
    """

    network: NetworkConfig = field(default_factory=NetworkConfig)
    fim: FimOptions = field(default_factory=FimOptions)
    row_length: int = 1024
    long_row_length: int = 2048
    long_share: float = 0.15
    batch_tokens: int = 8192
    matrix_rate: float = 0.02
    vector_rate: float = 3e-3
    weight_decay: float = 0.1
    warmup_share: float = 0.02
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


PRESETS: dict[str, RunSettings] = {
    "embedded": RunSettings(),
    "tiny": RunSettings(
        network=NetworkConfig(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=16,
            max_position_embeddings=256,
        ),
        row_length=128,
        long_row_length=256,
        batch_tokens=256,
        checkpoint_every_s=0.0,
    ),
}
"""Named settings.

`embedded` is the model in the package; `tiny` proves in seconds that a machine can run the whole path.
"""
EMBEDDED_MAX_TOKENS = 24_000_000


def learning_rate_factor(settings: RunSettings, progress: float) -> float:
    """The factor on both rates: up linearly, constant, down linearly to zero at the end of the budget."""
    rise = progress / settings.warmup_share if settings.warmup_share > 0 else 1.0
    fall = (1.0 - progress) / settings.decay_share if settings.decay_share > 0 else 1.0
    return max(0.01, min(1.0, rise, fall))

"""Named settings of pre-training runs: shapes, and the two recipes that train them."""

import math
from dataclasses import replace

from codex_lsp.training.network import NetworkConfig
from codex_lsp.training.settings import OptimiserName, RunSettings, Schedule


def faithful(settings: RunSettings) -> RunSettings:
    """The same shape and data with the optimiser of the Codex paper (section 3.1).

    Adam (0.9, 0.95, 1e-8) for everything, weight decay 0.1, 175 steps of linear warm-up, then a cosine.
    """
    return replace(
        settings,
        optimiser=OptimiserName.ADAM,
        schedule=Schedule.COSINE,
        silent_layers=False,
        vector_rate=_FAITHFUL_RATE,
        weight_decay=0.1,
        warmup_steps=175,
    )


def fast(settings: RunSettings) -> RunSettings:
    """The same shape and data with Muon, layers that are silent at first, and rates that stay and then fall."""
    ours = RunSettings()
    return replace(
        settings,
        optimiser=OptimiserName.MUON,
        schedule=Schedule.CONSTANT_THEN_DECAY,
        silent_layers=True,
        matrix_rate=ours.matrix_rate,
        matrix_decay=ours.matrix_decay,
        vector_rate=ours.vector_rate,
        weight_decay=ours.weight_decay,
        warmup_steps=ours.warmup_steps,
        decay_share=ours.decay_share,
    )


# What the smallest shapes of Bavarian et al. (2022, table 3) were trained with; ours are smaller still.
_FAITHFUL_RATE = 1.6e-3


def _shape(layers: int, width: int, heads: int, groups: int) -> NetworkConfig:
    """Layers of 12 x width^2 parameters where every head has its own keys: a SwiGLU of 8/3 of the width."""
    return NetworkConfig(
        hidden_size=width,
        intermediate_size=-(-width * 8 // 3 // 64) * 64,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=groups,
        head_dim=width // heads,
    )


def _small(layers: int, width: int) -> RunSettings:
    """A shape for the package: heads of 64, one of them with keys and values."""
    return RunSettings(network=_shape(layers, width, width // 64, 1), other_languages=0.4)


def _paper(layers: int, width: int, heads: int, rate: float) -> RunSettings:
    """A model of the paper: 12 x layers x width^2 parameters beside the embedding, and the paper's optimiser."""
    settings = RunSettings(
        network=_shape(layers, width, heads, heads),
        row_length=2048,
        batch_tokens=2**19,
        micro_tokens=_micro_tokens(layers, width),
        checkpoint_every_s=600.0,
    )
    return replace(faithful(settings), vector_rate=rate)


def _micro_tokens(layers: int, width: int) -> int:
    """A power of two of tokens whose activations stay below 20 GB, at 48 bytes for each layer and unit of width."""
    most = 20e9 / (48 * layers * width)
    return min(2**15, 2 ** int(math.log2(most)))


PRESETS: dict[str, RunSettings] = {
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
        batch_tokens=512,
        warmup_steps=2,
        checkpoint_every_s=0.0,
    ),
    "embedded-1m": _small(2, 128),
    "embedded-2m": _small(4, 128),
    "embedded": _small(4, 192),
    "embedded-5m": _small(4, 256),
    "embedded-6m": _small(6, 256),
    "embedded-18m": replace(_small(7, 448), batch_tokens=2**16),
    "codex-12m": _paper(4, 512, 8, 1.6e-3),
    "codex-25m": _paper(8, 512, 8, 1.4e-3),
    "codex-42m": _paper(6, 768, 12, 1.0e-3),
    "codex-85m": _paper(12, 768, 12, 6e-4),
    "codex-300m": _paper(24, 1024, 16, 3e-4),
    "codex-679m": _paper(24, 1536, 16, 2.5e-4),
    "codex-2.5b": _paper(32, 2560, 32, 1.6e-4),
    "codex-12b": _paper(40, 5120, 40, 1e-4),
}
"""Named settings.

`tiny` proves in seconds that a machine can run the whole path; `embedded` is the model in the package, with smaller
and larger shapes beside it; `codex-…` are the models of the Codex paper. Their shapes are the products that their
names imply (12 x layers x width^2), their rates those of GPT models of that size.
"""
RECIPES = ("fast", "faithful")
EMBEDDED_MAX_TOKENS = 24_000_000


def settings_for(preset: str, recipe: str | None, seed: int, *, rate_factor: float = 1.0) -> RunSettings:
    """The settings of a preset.

    Args:
        preset: Its name.
        recipe: The recipe that trains it; None leaves the preset's own, rates and all.
        seed: Decides every draw.
        rate_factor: What the learning rates are multiplied by: below 1 where a short run goes on from trained weights.
    """
    settings = replace(PRESETS[preset], seed=seed)
    own = "faithful" if settings.optimiser is OptimiserName.ADAM else "fast"
    if recipe not in (None, own):
        settings = faithful(settings) if recipe == "faithful" else fast(settings)
    return replace(
        settings,
        matrix_rate=settings.matrix_rate * rate_factor,
        vector_rate=settings.vector_rate * rate_factor,
    )

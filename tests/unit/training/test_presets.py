from dataclasses import replace

import pytest
import torch

from codex_lsp.cli.train import codex as command
from codex_lsp.training.network import Network
from codex_lsp.training.optimiser import Optimiser
from codex_lsp.training.presets import PRESETS, RECIPES, settings_for
from codex_lsp.training.settings import OptimiserName, Schedule

# Layers and width; the paper's names are 12 x layers x width^2, the parameters beside the embedding.
PAPER = {
    "codex-12m": (4, 512),
    "codex-25m": (8, 512),
    "codex-42m": (6, 768),
    "codex-85m": (12, 768),
    "codex-300m": (24, 1024),
    "codex-679m": (24, 1536),
    "codex-2.5b": (32, 2560),
    "codex-12b": (40, 5120),
}


def parameters(preset: str) -> tuple[int, int]:
    """All of them, and those beside the embedding; nothing is allocated."""
    with torch.device("meta"):
        network = Network(PRESETS[preset].network)
    whole = sum(parameter.numel() for parameter in network.parameters())
    return whole, whole - network.model.embed_tokens.weight.numel()


@pytest.mark.parametrize(("preset", "shape"), PAPER.items())
def test_the_papers_models_have_the_papers_sizes(preset: str, shape: tuple[int, int]) -> None:
    layers, width = shape
    assert parameters(preset)[1] == pytest.approx(12 * layers * width**2, rel=0.03)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name.startswith("embedded")])
def test_shapes_for_the_package_fit_into_it(preset: str) -> None:
    assert 2 * parameters(preset)[0] <= 40_000_000
    assert PRESETS[preset].network.num_key_value_heads <= 2


def test_the_command_offers_every_preset_and_recipe() -> None:
    assert tuple(PRESETS) == command.PRESET_NAMES
    assert command.RECIPE_NAMES == RECIPES


def test_the_faithful_recipe_is_the_papers() -> None:
    settings = settings_for("embedded", "faithful", 3)
    assert (settings.optimiser, settings.schedule) == (OptimiserName.ADAM, Schedule.COSINE)
    assert (settings.weight_decay, settings.warmup_steps, settings.seed) == (0.1, 175, 3)
    assert settings.network == PRESETS["embedded"].network
    assert settings.fim == PRESETS["embedded"].fim
    optimiser = Optimiser(Network(settings_for("tiny", "faithful", 0).network), settings_for("tiny", "faithful", 0))
    [adam] = optimiser.parts
    assert isinstance(adam, torch.optim.AdamW)
    assert [(group["betas"], group["eps"]) for group in adam.param_groups] == [((0.9, 0.95), 1e-8)] * 2
    # Matrices and the embedding decay, the scales of the norms do not.
    assert [group["weight_decay"] for group in adam.param_groups] == [0.1, 0.0]
    assert {parameter.ndim for parameter in adam.param_groups[0]["params"]} == {2}
    assert {parameter.ndim for parameter in adam.param_groups[1]["params"]} == {1}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_shape_trains_by_either_recipe_and_its_own_keeps_its_rates(preset: str) -> None:
    own = replace(PRESETS[preset], seed=1)
    assert settings_for(preset, None, 1) == own
    assert settings_for(preset, "faithful", 1).optimiser is OptimiserName.ADAM
    assert settings_for(preset, "fast", 1).optimiser is OptimiserName.MUON
    named = "faithful" if own.optimiser is OptimiserName.ADAM else "fast"
    assert settings_for(preset, named, 1) == own
    slower = settings_for(preset, None, 1, rate_factor=0.5)
    assert (slower.matrix_rate, slower.vector_rate) == (own.matrix_rate / 2, own.vector_rate / 2)


def test_the_fast_recipe_of_a_papers_shape_is_that_of_the_embedded_one() -> None:
    ours, papers = PRESETS["embedded"], settings_for("codex-12m", "fast", 0)
    assert papers.network == PRESETS["codex-12m"].network
    for name in ("schedule", "silent_layers", "matrix_rate", "vector_rate", "warmup_steps", "decay_share"):
        assert getattr(papers, name) == getattr(ours, name)

from dataclasses import replace

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from codex_lsp.errors import TrainingError
from codex_lsp.training.export import hugging_face_config
from codex_lsp.training.network import Network, NetworkConfig
from codex_lsp.training.presets import PRESETS


@pytest.mark.parametrize("preset", ["tiny", "embedded-1m", "embedded"])
def test_it_computes_what_transformers_computes(preset: str) -> None:
    config = replace(PRESETS[preset].network, vocab_size=128)
    torch.manual_seed(0)
    network = Network(config)
    theirs = Qwen3ForCausalLM(Qwen3Config(**hugging_face_config(config, 0))).float()
    missing, unexpected = theirs.load_state_dict(network.state_dict(), strict=False)
    assert (missing, unexpected) == (["lm_head.weight"], [])
    ids = torch.randint(0, config.vocab_size, (2, 200))
    with torch.no_grad():
        assert torch.allclose(network.logits(ids), theirs.eval()(ids).logits, atol=1e-5)


def test_the_embedded_shape_fits_the_package() -> None:
    network = Network(PRESETS["embedded"].network)
    assert 2 * sum(parameter.numel() for parameter in network.parameters()) <= 32_000_000


def test_impossible_shapes_are_refused() -> None:
    with pytest.raises(TrainingError, match="num_key_value_heads"):
        NetworkConfig(num_attention_heads=4, num_key_value_heads=3)
    with pytest.raises(TrainingError, match="16-bit"):
        NetworkConfig(vocab_size=100_000)

"""Weights that are read without `transformers` are those that it reads, and it is not imported for them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import PreTrainedConfig

from codex_lsp.decoding.family import FamilyConfig
from codex_lsp.decoding.weights import layers_of, sizes_of
from codex_lsp.errors import ModelDamaged
from codex_lsp.models.checkpoint import check_folder, read_json
from codex_lsp.models.local_family import family_model
from codex_lsp.models.local_library import library_model
from tests.unit.decoding.tiny import llama, qwen2, qwen3, save_checkpoint, set_config

CPU = torch.device("cpu")
KINDS = {
    "llama": llama(),
    "llama_with_biases": llama(attention_bias=True, mlp_bias=True, tie_word_embeddings=True),
    "llama_with_wide_heads": llama(head_dim=24),
    "qwen2": qwen2(rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
    "qwen3": qwen3(),
    "qwen3_untied": qwen3(tie_word_embeddings=False, attention_bias=True),
}
OTHERS: dict[str, dict[str, Any]] = {
    "another rotation": {"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4}},
    "an older word for it": {"rope_scaling": {"type": "linear", "factor": 2.0}},
    "sliding windows": {"use_sliding_window": True},
    "packed weights": {"quantization_config": {"quant_method": "gptq"}},
    "another activation": {"hidden_act": "gelu"},
    "another architecture": {"model_type": "gpt2"},
    "a size that is none": {"hidden_size": "wide"},
    "no heads": {"num_attention_heads": 0, "head_dim": None},
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("config", KINDS.values(), ids=KINDS)
def test_the_weights_are_those_that_transformers_reads(
    tmp_path: Path, config: PreTrainedConfig, dtype: torch.dtype
) -> None:
    found = check_folder(save_checkpoint(tmp_path, config))
    ours, theirs = family_model(found, dtype, CPU), library_model(found, dtype, CPU)
    assert ours is not None
    expected = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        assert parameter.dtype is dtype
        assert torch.equal(parameter, expected.pop(name))
    assert not expected
    assert sizes_of(ours) == sizes_of(theirs)
    theirs_whole: Any = theirs
    assert torch.equal(ours.model.rotary_emb.inv_freq, theirs_whole.model.rotary_emb.inv_freq)
    assert len(list(layers_of(ours))) == len(list(layers_of(theirs)))


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_what_asks_for_more_is_left_to_transformers(tmp_path: Path, changes: dict[str, Any]) -> None:
    folder = save_checkpoint(tmp_path, llama())
    assert FamilyConfig.read(read_json(folder / "config.json", "tiny")) is not None
    set_config(folder, **changes)
    assert family_model(check_folder(folder), torch.float32, CPU) is None


def test_a_missing_weight_is_named(tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path, qwen3())
    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelDamaged, match=r"1 weights are missing, model\.norm\.weight first"):
        family_model(check_folder(folder), torch.float32, CPU)


def test_a_weight_of_another_shape_is_named(tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path, qwen3())
    set_config(folder, intermediate_size=80)
    with pytest.raises(ModelDamaged, match=r"mlp\.gate_proj\.weight is \(64, 32\), not \(80, 32\)"):
        family_model(check_folder(folder), torch.float32, CPU)


def test_the_embedded_model_decodes_without_transformers_and_without_the_compiler() -> None:
    code = (
        "import sys\n"
        "from codex_lsp.models.local_loading import load_model\n"
        "from codex_lsp.models.registry import EMBEDDED, checkpoint_path\n"
        "load_model(EMBEDDED, checkpoint_path(EMBEDDED, working_folder=False), dtype='auto', device='cpu', threads=1,"
        " progress=lambda percent, detail: None)\n"
        "print(sorted(name for name in ('sympy', 'torch', 'torch._dynamo', 'transformers') if name in sys.modules))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['torch']"

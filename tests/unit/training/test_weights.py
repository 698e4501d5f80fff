"""The shipped model is what its manifest says, in the form that was promised."""

import json
from pathlib import Path

from safetensors import safe_open

import codex_lsp

WEIGHTS = Path(codex_lsp.__file__).parent / "weights"


def test_it_is_small_and_in_small_shards() -> None:
    shards = list(WEIGHTS.glob("model*.safetensors"))
    assert shards
    assert all(shard.stat().st_size <= 14_000_000 for shard in shards)
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) <= 32_000_000


def test_its_tensors_are_the_architectures() -> None:
    config = json.loads((WEIGHTS / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["Qwen3ForCausalLM"]
    assert config["tie_word_embeddings"]
    names: set[str] = set()
    for shard in WEIGHTS.glob("model*.safetensors"):
        with safe_open(shard, framework="pt") as tensors:
            names |= set(tensors.keys())
            assert all(tensors.get_slice(name).get_dtype() == "BF16" for name in tensors.keys())  # noqa: SIM118
    assert "model.embed_tokens.weight" in names
    assert sum(".self_attn.q_norm." in name for name in names) == config["num_hidden_layers"]


def test_its_manifest_names_what_it_saw() -> None:
    manifest = json.loads((WEIGHTS / "manifest.json").read_text(encoding="utf-8"))
    assert all(package["licence"] and package["version"] for package in manifest["corpus"]["packages"])
    assert manifest["run"]["settings"]["seed"] == 0
    check = manifest["tokenizer"]["gguf_check"]
    assert check["files"] >= 1000
    assert check["mismatches"] == 0
    assert manifest["run"]["tokenizer_sha256"] == manifest["tokenizer"]["sha256"]

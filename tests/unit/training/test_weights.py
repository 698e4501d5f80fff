"""The shipped models are what their manifests say, in the form that was promised."""

import json
from pathlib import Path

import pytest
from safetensors import safe_open

import codex_lsp
from codex_lsp.models.registry import checkpoint_path

WEIGHTS = Path(codex_lsp.__file__).parent / "weights"
CODEX_S = WEIGHTS / "codex-s"
both = pytest.mark.parametrize("folder", [WEIGHTS, CODEX_S], ids=["embedded", "embedded-s"])


@both
def test_it_is_in_small_shards(folder: Path) -> None:
    shards = list(folder.glob("model*.safetensors"))
    assert shards
    assert all(shard.stat().st_size <= 14_000_000 for shard in shards)


def test_both_together_are_small() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) <= 32_000_000


@both
def test_its_tensors_are_the_architectures(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["Qwen3ForCausalLM"]
    assert config["tie_word_embeddings"]
    names: set[str] = set()
    for shard in folder.glob("model*.safetensors"):
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


def test_codex_s_is_the_embedded_model_and_what_it_learned_from_problems() -> None:
    manifest = json.loads((CODEX_S / "manifest.json").read_text(encoding="utf-8"))
    stages = [manifest["run"]]
    while "started_from" in stages[0]:
        stages.insert(0, stages[0]["started_from"])
    base = json.loads((WEIGHTS / "manifest.json").read_text(encoding="utf-8"))
    assert base["run"]["rows_sha256"] in {stage.get("rows_sha256") for stage in stages if "problems" not in stage}
    learned = [stage["settings"]["supervised"]["member"] for stage in stages if "problems" in stage]
    assert learned
    assert set(learned) == {"codex-s"}
    assert (CODEX_S / "tokenizer.json").read_bytes() == (WEIGHTS / "tokenizer.json").read_bytes()
    assert checkpoint_path("embedded-s", working_folder=False) == CODEX_S

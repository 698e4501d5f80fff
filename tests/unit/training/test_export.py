import json
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from codex_lsp.errors import TrainingError
from codex_lsp.training import export
from codex_lsp.training.checkpoint import checkpoints, load_weights
from codex_lsp.training.codex import train_codex
from codex_lsp.training.export import export_run, record_evaluation
from codex_lsp.training.heldout import evaluate_heldout
from codex_lsp.training.network import Network
from tests.unit.training.packages import Material
from tests.unit.training.test_codex import SETTINGS, options, silent


@pytest.fixture(scope="module")
def run(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train_codex(options(material, folder, steps=3), Event(), silent)
    return folder


@pytest.fixture(params=[14_000_000, 60_000])
def shard_limit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(export, "MAX_SHARD_BYTES", request.param)
    return request.param


def test_transformers_loads_what_was_trained(material: Material, run: Path, tmp_path: Path, shard_limit: int) -> None:
    export_run(run, material.tokenizer, material.corpus, tmp_path)
    shards = list(tmp_path.glob("model*.safetensors"))
    assert all(shard.stat().st_size <= shard_limit + 10_000 for shard in shards)
    assert (len(shards) > 1) == (shard_limit < 100_000)
    network = Network(SETTINGS.network)
    load_weights(checkpoints(run)[-1], network)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.bfloat16())
        ids = torch.randint(0, 512, (1, 100))
        theirs = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
        assert torch.allclose(network.logits(ids), theirs(ids).logits, atol=1e-4)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id, tokenizer.bos_token) == (0, 0, None)
    assert json.loads((tmp_path / "config.json").read_text())["codex_template"] == "codex"


def test_the_card_says_what_was_seen_and_scored(material: Material, run: Path, tmp_path: Path) -> None:
    export_run(run, material.tokenizer, material.corpus, tmp_path)
    assert "Not measured" in (tmp_path / "README.md").read_text()
    found = evaluate_heldout(tmp_path, material.corpus, cursors=3, seed=0, notify=silent)
    record_evaluation(tmp_path, found)
    card = (tmp_path / "README.md").read_text()
    assert f"{found['bits_per_byte']:.3f}" in card
    assert found["manifest"]["material"]["packages"][0] in card
    assert found["manifest"]["command"] in card
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["evaluation"] == found
    assert all(package["licence"] for package in manifest["corpus"]["packages"])
    assert str(Path.home()) not in json.dumps(manifest)


def test_the_card_counts_every_stage(material: Material, run: Path, tmp_path: Path) -> None:
    second = replace(options(material, tmp_path / "second", steps=1), start_from=run)
    train_codex(second, Event(), silent)
    export_run(tmp_path / "second", material.tokenizer, material.corpus, tmp_path / "out")
    assert "(4 steps in 2 stages)" in (tmp_path / "out" / "README.md").read_text()


def test_what_does_not_fit_is_refused(material: Material, run: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no checkpoint yet"):
        export_run(tmp_path, material.tokenizer, material.corpus, tmp_path / "out")
    other = tmp_path / "tokenizer"
    other.mkdir()
    (other / "manifest.json").write_text(json.dumps({"kind": "tokenizer", "sha256": "0"}))
    with pytest.raises(TrainingError, match="not the tokenizer of"):
        export_run(run, other, material.corpus, tmp_path / "out")


def test_the_card_names_what_an_earlier_stage_learned_elsewhere(material: Material, run: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    export_run(run, material.tokenizer, material.corpus, first)
    manifest = json.loads((first / "manifest.json").read_text())
    # The stage learned from a corpus whose packages are held out now.
    for package in manifest["corpus"]["packages"]:
        package["split"] = {"train": "heldout", "heldout": "train"}[package["split"]]
    manifest["run"]["corpus_sha256"] = "0" * 64
    (first / "manifest.json").write_text(json.dumps(manifest))
    second = replace(options(material, tmp_path / "second", steps=1), start_from=first)
    train_codex(second, Event(), silent)
    export_run(tmp_path / "second", material.tokenizer, material.corpus, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    held = [
        package["name"]
        for package in json.loads((material.corpus / "manifest.json").read_text())["packages"]
        if package["split"] == "heldout"
    ]
    assert held
    assert f"What is held out now was learned from then: {', '.join(sorted(held))}." in card


def test_another_folder_is_not_written_over(material: Material, run: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(TrainingError, match="not empty and not a model; name another folder with --export"):
        export_run(run, material.tokenizer, material.corpus, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]

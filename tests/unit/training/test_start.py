import json
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import torch
from tokenizers import Tokenizer, models

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import newest_checkpoint
from codex_lsp.training.codex import train_codex
from codex_lsp.training.documents import documents_up_to
from codex_lsp.training.export import export_run
from codex_lsp.training.network import Network
from codex_lsp.training.start import begin_with, carried_over
from codex_lsp.training.tokenizer import END_OF_TEXT, load_tokenizer, save_tokenizer, train_tokenizer
from tests.unit.training.packages import Material
from tests.unit.training.test_codex import SETTINGS, options, silent


@pytest.fixture(scope="module")
def other(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer of as many entries that learned from other texts."""
    folder = tmp_path_factory.mktemp("other")
    texts = [document.text.swapcase() for document in documents_up_to(material.corpus, 20_000, 1)]
    size = load_tokenizer(material.tokenizer).get_vocab_size()
    save_tokenizer(train_tokenizer(texts, size), folder, provenance={})
    return folder


@pytest.fixture(scope="module")
def exported(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, model = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("model")
    train_codex(options(material, run, steps=2), Event(), silent)
    export_run(run, material.tokenizer, material.corpus, model)
    return model


def test_the_same_tokenizer_keeps_every_weight(material: Material, exported: Path) -> None:
    network, again = Network(SETTINGS.network), Network(SETTINGS.network)
    begin_with(exported, material.tokenizer, network)
    begin_with(exported, material.tokenizer, again)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))


def test_another_tokenizer_takes_the_embedding_along(material: Material, other: Path, exported: Path) -> None:
    kept, carried = Network(SETTINGS.network), Network(SETTINGS.network)
    begin_with(exported, material.tokenizer, kept)
    begin_with(exported, other, carried)
    old, new = load_tokenizer(material.tokenizer), load_tokenizer(other)
    was, now = kept.model.embed_tokens.weight, carried.model.embed_tokens.weight
    shared = old.get_vocab().keys() & new.get_vocab().keys()
    assert END_OF_TEXT in shared
    assert len(shared) < new.get_vocab_size()
    for token in shared:
        assert torch.equal(now[new.get_vocab()[token]], was[old.get_vocab()[token]])
    assert bool(torch.isfinite(now).all())
    assert torch.equal(kept.model.norm.weight, carried.model.norm.weight)


def test_a_run_of_another_tokenizer_has_to_be_exported_first(
    material: Material, other: Path, exported: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    train_codex(options(material, run, steps=1), Event(), silent)
    assert newest_checkpoint(run)
    with pytest.raises(TrainingError, match="another tokenizer; export it"):
        begin_with(run, other, Network(SETTINGS.network))
    second = replace(options(material, tmp_path / "second", steps=1), tokenizer=other, start_from=exported)
    assert train_codex(second, Event(), silent)["started_from"]["tokenizer_sha256"] == sha256(material.tokenizer)


def sha256(tokenizer: Path) -> str:
    return str(json.loads((tokenizer / "manifest.json").read_text())["sha256"])


def test_a_new_token_is_the_mean_of_its_parts() -> None:
    old = _vocabulary("a", "b", "ab", "abb")
    new = _vocabulary("a", "b", "abba", "bb")
    embedding = torch.randn(4, 3)
    carried = carried_over(embedding, old, new)
    assert torch.equal(carried[:2], embedding[:2])
    assert torch.allclose(carried[2], (embedding[3] + embedding[0]) / 2)
    assert torch.allclose(carried[3], embedding[1])


def _vocabulary(*tokens: str) -> Tokenizer:
    return Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=[]))

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tokenizers import Tokenizer

from codex_lsp.training.data_card import write_data_card
from codex_lsp.training.documents import documents_in_order
from codex_lsp.training.manifest import read_manifest
from codex_lsp.training.token_counts import (
    balanced_texts,
    characters_per_token,
    count_tokens,
    samples_by_language,
    tokens_of,
    whitespace_saving,
)
from codex_lsp.training.tokenizer import END_OF_TEXT, load_tokenizer, train_tokenizer
from tests.unit.training.packages import VOCABULARY, Material


@pytest.fixture(scope="module")
def tokenizer(material: Material) -> Tokenizer:
    return load_tokenizer(material.tokenizer)


@pytest.fixture(scope="module")
def without_runs(material: Material) -> Tokenizer:
    return train_tokenizer(balanced_texts(material.corpus, 400_000, 0), VOCABULARY, blank_runs=False)


def test_without_runs_no_token_holds_two_blanks(without_runs: Tokenizer) -> None:
    tokens = [without_runs.decode([index], skip_special_tokens=False) for index in range(VOCABULARY)]
    assert not any("  " in token or "\t\t" in token for token in tokens)
    assert without_runs.encode("        x").tokens[:7] == ["Ġ"] * 7


def test_runs_of_blanks_save_tokens_on_python(
    material: Material, tokenizer: Tokenizer, without_runs: Tokenizer
) -> None:
    texts = [document.text for document in documents_in_order(material.corpus, "heldout")]
    assert 0.1 < whitespace_saving(tokenizer, without_runs, texts) < 0.6
    assert whitespace_saving(tokenizer, tokenizer, texts) == 0.0


def test_special_names_in_a_text_count_as_what_they_spell(tokenizer: Tokenizer) -> None:
    assert tokens_of(tokenizer, [END_OF_TEXT]) > 1


def test_the_sample_holds_every_language(material: Material, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(material.corpus, corpus)
    lines = (corpus / "train-00000.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    for row in rows[::4]:
        row["language"] = "go"
    (corpus / "train-00000.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    manifest = read_manifest(corpus, "corpus")
    manifest["languages"]["train"] = {"python": {"bytes": 700_000}, "go": {"bytes": 150_000}}
    (corpus / "manifest.json").write_text(json.dumps(manifest))
    go = {row["text"] for row in rows if row["language"] == "go"}
    sample = list(balanced_texts(corpus, 200_000, 0))
    share = sum(len(text) for text in sample if text in go) / sum(map(len, sample))
    assert 0.1 < share < 0.6
    assert sum(map(len, sample)) < 600_000


def test_every_token_of_a_corpus_is_counted_and_shown(material: Material, tokenizer: Tokenizer, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(material.corpus, corpus)
    before = (corpus / "DATA.md").read_text()
    found = count_tokens(corpus, tokenizer, "0" * 64)
    for split in ("train", "heldout"):
        expected = tokens_of(tokenizer, (document.text for document in documents_in_order(corpus, split)))
        assert found["splits"][split] == found["languages"][split]["python"] == expected
    assert found["licences"] == {"MIT": sum(found["splits"].values())}
    assert read_manifest(corpus, "corpus")["tokens"] == found
    write_data_card(corpus)
    after = (corpus / "DATA.md").read_text()
    assert str(found["splits"]["train"]) in after
    assert str(found["splits"]["train"]) not in before


def test_the_card_names_packages_licences_and_refusals(material: Material) -> None:
    card = (material.corpus / "DATA.md").read_text()
    for said in ("| json-x | 1.0 | MIT | train |", "copyleft", "GPL-3.0-only", "nearly the same", "DATA.svg"):
        assert said in card, said
    assert "Python is 100%" in card


def test_the_plot_is_a_picture_with_a_bar_for_each_split(material: Material) -> None:
    root = ElementTree.fromstring((material.corpus / "DATA.svg").read_text())  # noqa: S314 - written by this test
    bars = root.findall("{http://www.w3.org/2000/svg}rect")
    assert len(bars) == 3  # the ground, learned, held out
    assert all(float(bar.get("width", "0")) > 0 for bar in bars)


def test_characters_per_token_by_language(material: Material, tokenizer: Tokenizer) -> None:
    found = characters_per_token(tokenizer, samples_by_language(material.corpus, 0))
    assert set(found) == {"python"}
    assert 1.5 < found["python"] < 4

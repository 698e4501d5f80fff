from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from codex_lsp.errors import TrainingError
from codex_lsp.training.tokenizer import (
    END_OF_TEXT,
    SPECIAL_TOKENS,
    VOCABULARY_SIZE,
    load_tokenizer,
    plain,
    save_tokenizer,
    special_id,
    train_tokenizer,
)
from tests.unit.training.packages import VOCABULARY, Material

SHIPPED = Path(__file__).parents[3] / "codex_lsp" / "weights"


@pytest.fixture(scope="module")
def shipped() -> Tokenizer:
    return plain(load_tokenizer(SHIPPED))


@given(text=st.text(max_size=80))
def test_any_text_survives_a_round_trip(shipped: Tokenizer, text: str) -> None:
    assert shipped.decode(shipped.encode(text).ids, skip_special_tokens=False) == text


def test_no_token_crosses_a_line_end(shipped: Tokenizer) -> None:
    texts = [shipped.decode([index], skip_special_tokens=False) for index in range(shipped.get_vocab_size())]
    assert [text for text in texts if "\n" in text] == ["\n"]
    assert [text for text in texts if "\r" in text] == ["\r"]


def test_runs_of_blanks_are_single_tokens(shipped: Tokenizer) -> None:
    assert list(shipped.encode("\n        x").tokens) == ["Ċ", "Ġ" * 7, "Ġx"]


def test_special_names_in_a_text_are_characters(shipped: Tokenizer) -> None:
    text = "".join(SPECIAL_TOKENS)
    ids = shipped.encode(text, add_special_tokens=False).ids
    assert {special_id(shipped, name) for name in SPECIAL_TOKENS}.isdisjoint(ids)


def test_the_vocabulary_has_the_size_asked_for(material: Material, shipped: Tokenizer) -> None:
    assert load_tokenizer(material.tokenizer).get_vocab_size() == VOCABULARY
    assert shipped.get_vocab_size() == VOCABULARY_SIZE
    assert special_id(shipped, END_OF_TEXT) == 0


def test_too_little_text_is_an_error() -> None:
    with pytest.raises(TrainingError, match="larger corpus"):
        train_tokenizer(["x = 1\n"], VOCABULARY)


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="codex-lsp train tokenizer"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(TrainingError, match="damaged"):
        load_tokenizer(tmp_path)


def test_a_vocabulary_holds_all_bytes_at_least() -> None:
    with pytest.raises(TrainingError, match="--vocabulary-size 263 or more"):
        train_tokenizer(["x = 1\n"], 262)


def test_another_folder_is_not_written_over(shipped: Tokenizer, material: Material, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(TrainingError, match=r"name a(nother)? folder with --out"):
            save_tokenizer(shipped, folder, provenance={})
    before = (material.corpus / "manifest.json").read_bytes()
    with pytest.raises(TrainingError, match="not empty and not a tokenizer"):
        save_tokenizer(shipped, material.corpus, provenance={})
    assert (material.corpus / "manifest.json").read_bytes() == before

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from codex_lsp.models.token_count import estimated_tokens, token_counter

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.fixture(scope="module")
def tokenizer_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vocabulary = {symbol: index for index, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.add_special_tokens(["<|fim_middle|>"])
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@given(text=ANY_TEXT)
def test_without_a_tokenizer_bytes_stand_in(text: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    count = token_counter(None)(text)
    assert 3 * (count - 1) < size <= 3 * count or count == size == 0


def test_a_tokenizer_counts_exactly(tokenizer_path: Path) -> None:
    count = token_counter(str(tokenizer_path))
    assert count("") == 0
    assert count("a = 1") == 5
    assert count("é") == 2


def test_control_text_counts_as_text(tokenizer_path: Path) -> None:
    assert token_counter(str(tokenizer_path))("<|fim_middle|>") == len("<|fim_middle|>")


@given(text=ANY_TEXT)
def test_every_text_can_be_counted(tokenizer_path: Path, text: str) -> None:
    assert token_counter(str(tokenizer_path))(text) >= len(text)


@pytest.mark.parametrize("content", [None, "not json", json.dumps({"model": 1})])
def test_a_tokenizer_that_cannot_be_read_is_named_and_estimated(
    content: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert token_counter(str(path)) is estimated_tokens
    assert str(path) in caplog.text

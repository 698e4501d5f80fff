from pathlib import Path
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from codex_lsp.errors import UsageError
from codex_lsp.training.gguf_vocabulary import CONTROL, NORMAL, UNUSED, USER_DEFINED, read_vocabulary, vocabulary_of
from codex_lsp.training.tokenizer import PRE_TOKENIZER, SPECIAL_TOKENS
from tests.unit.decoding.tiny import END, FILE_SEPARATOR, SOURCE, byte_level_tokenizer

WEIGHTS = Path(__file__).parents[3] / "codex_lsp" / "weights"
CONFIG = {"eos_token_id": 0, "pad_token_id": 0, "bos_token_id": None}
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")


def split_tokenizer(expression: str, *, ignore_merges: bool = False) -> Tokenizer:
    """A tokenizer whose split is one expression, as those of Qwen and Llama are."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(expression), "isolated"), byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=[END], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(SOURCE, trainer=trainer)
    return tokenizer


def ids_of(tokenizer: Tokenizer, **config: Any) -> dict[str, int]:
    return dict(vocabulary_of(tokenizer, shown="t", config=CONFIG | config, size=600).ids)


def test_the_embedded_model_has_what_engines_look_for() -> None:
    found = read_vocabulary(WEIGHTS / "tokenizer.json", CONFIG, 8192)
    assert found.split == PRE_TOKENIZER
    assert found.tokens[: len(SPECIAL_TOKENS)] == SPECIAL_TOKENS
    assert found.kinds[:8] == (*[CONTROL] * len(SPECIAL_TOKENS), NORMAL)
    parts = ("fim_pre", "fim_suf", "fim_mid", "fim_pad", "fim_rep", "fim_sep")
    spellings = ("fim_prefix", "fim_suffix", "fim_middle", "fim_pad", "repo_name", "file_sep")
    assert [found.tokens[found.ids[part]] for part in parts] == [f"<|{spelling}|>" for spelling in spellings]
    # Left open, readers take token 11 for the beginning, and llama-cpp-python leaves that out of what it tells.
    assert (found.ids["bos"], found.ids["eos"], found.ids["padding"], found.begins) == (0, 0, 0, False)
    assert all(pair.count(" ") == 1 for pair in found.merges)


def test_ids_that_no_token_has_are_unused() -> None:
    tokenizer = byte_level_tokenizer()
    found = vocabulary_of(tokenizer, shown="t", config=CONFIG, size=tokenizer.get_vocab_size() + 3)
    assert found.tokens[-3:] == tuple(f"[PAD{index}]" for index in range(len(found.tokens) - 3, len(found.tokens)))
    assert set(found.kinds[-3:]) == {UNUSED}
    separator = tokenizer.token_to_id(FILE_SEPARATOR)
    assert separator is not None
    assert found.kinds[separator] == USER_DEFINED
    assert found.ids["fim_sep"] == separator


def test_the_beginning_is_what_the_tokenizer_puts_first() -> None:
    tokenizer = byte_level_tokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{END} $A", special_tokens=[(END, 0)])
    assert vocabulary_of(tokenizer, shown="t", config=CONFIG, size=600).begins
    assert ids_of(tokenizer, eos_token_id=3)["bos"] == 0
    several = ids_of(byte_level_tokenizer(), eos_token_id=[3, 0], bos_token_id=2, pad_token_id=None)
    assert (several["bos"], several["eos"], several["padding"]) == (2, 3, 3)


@pytest.mark.parametrize(
    ("tokenizer", "name"),
    [
        (split_tokenizer(QWEN2), "qwen2"),
        (split_tokenizer(LLAMA3, ignore_merges=True), "llama-bpe"),
        (byte_level_tokenizer(), "gpt-2"),
    ],
)
def test_splits_are_told_by_their_expressions(tokenizer: Tokenizer, name: str) -> None:
    assert vocabulary_of(tokenizer, shown="t", config=CONFIG, size=600).split == name


def test_a_known_split_with_other_lookups_is_not_known() -> None:
    with pytest.raises(UsageError, match="splits text in no way"):
        vocabulary_of(split_tokenizer(QWEN2, ignore_merges=True), shown="t", config=CONFIG, size=600)

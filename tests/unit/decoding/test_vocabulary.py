"""Text becomes tokens and bytes again, and never a command."""

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from codex_lsp.decoding.vocabulary import Vocabulary
from codex_lsp.errors import ModelUnavailable
from tests.unit.decoding.tiny import END, FILE_SEPARATOR, FIM, byte_level_tokenizer, sentence_piece_tokenizer

DOCUMENTS = st.lists(
    st.sampled_from([END, *FIM, FILE_SEPARATOR, "<s>", "</s>", " " * 12]) | st.text(max_size=8), max_size=5
).map("".join)


@cache
def byte_level() -> Vocabulary:
    return Vocabulary(byte_level_tokenizer().to_str())


@cache
def sentence_piece() -> Vocabulary:
    return Vocabulary(sentence_piece_tokenizer().to_str())


def text_of(vocabulary: Vocabulary, ids: tuple[int, ...]) -> str:
    pieces = vocabulary.pieces((), len(vocabulary))
    return b"".join(pieces[id_] or b"" for id_ in ids).decode()


@pytest.mark.parametrize("vocabulary", [byte_level(), sentence_piece()], ids=["byte-level", "SentencePiece"])
@given(text=DOCUMENTS, at_start=st.booleans())
def test_a_document_holds_no_control_token_and_comes_back(vocabulary: Vocabulary, text: str, at_start: bool) -> None:  # noqa: FBT001
    encoding = vocabulary.encode(text, at_start=at_start)
    assert not vocabulary.control_ids & set(encoding.ids)
    clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    blank = " " if at_start and vocabulary is sentence_piece() else ""
    assert text_of(vocabulary, encoding.ids) == blank + clean


@pytest.mark.parametrize("vocabulary", [byte_level(), sentence_piece()], ids=["byte-level", "SentencePiece"])
@given(text=DOCUMENTS)
def test_ends_count_whole_characters(vocabulary: Vocabulary, text: str) -> None:
    encoding = vocabulary.encode(text)
    pieces = vocabulary.pieces((), len(vocabulary))
    read = b""
    for id_, end in zip(encoding.ids, encoding.ends, strict=True):
        read += pieces[id_] or b""
        assert end == len(read.decode("utf-8", errors="ignore"))


def test_lone_surrogates_are_read_as_replacement_characters() -> None:
    assert text_of(byte_level(), byte_level().encode("a\ud800b").ids) == "a\ufffdb"


def test_whitespace_tokens_stay_tokens() -> None:
    assert len(byte_level().encode(" " * 12).ids) == 1


def test_a_control_token_that_the_model_itself_would_find_is_cut_through() -> None:
    vocabulary = {"a": 0, "<end>": 1, **{letter: id_ for id_, letter in enumerate("<end>"[:5], start=2)}}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<end>"])
    encoding = Vocabulary(tokenizer.to_str()).encode("<end>")
    assert 1 not in encoding.ids
    assert encoding.ends == (1, 2, 3, 4, 5)


def test_control_tokens_are_found_in_both_spellings() -> None:
    assert byte_level().control_id("<|fim_prefix|>") == 1
    assert byte_level().control_id("<|nothing|>") is None
    spec = json.loads(sentence_piece_tokenizer().to_str())
    spec["model"]["vocab"]["\u2581<SUF>"] = len(spec["model"]["vocab"])
    assert Vocabulary(json.dumps(spec)).control_id(" <SUF>") == spec["model"]["vocab"]["\u2581<SUF>"]


@pytest.mark.parametrize(("scheme", "blanks"), [("first", 1), ("never", 0)])
def test_a_blank_is_put_before_the_text_at_its_start_alone(scheme: str, blanks: int) -> None:
    spec = json.loads(sentence_piece_tokenizer().to_str())
    spec["normalizer"] = None
    spec["pre_tokenizer"] = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": False}
    vocabulary = Vocabulary(json.dumps(spec))
    assert text_of(vocabulary, vocabulary.encode("x y", at_start=True).ids) == " " * blanks + "x y"
    assert text_of(vocabulary, vocabulary.encode("x y").ids) == "x y"


def test_commands_are_encoded_as_commands() -> None:
    assert byte_level().encode_commands(f"{END}a")[0] == 0


def test_leading_tokens_are_those_the_tokenizer_adds() -> None:
    assert byte_level().leading_ids() == ()
    assert sentence_piece().leading_ids() == (1,)


def test_tokens_that_end_a_row_have_no_bytes() -> None:
    pieces = byte_level().pieces({0, 1}, 600)
    assert pieces[0] is None
    assert pieces[1] is None
    assert pieces[599] is None
    assert len(pieces) == 600


@pytest.mark.parametrize("text", ["", "{", '{"model": 3}', "[]", "\x00"])
def test_a_damaged_file_is_one_line(text: str) -> None:
    with pytest.raises(ModelUnavailable, match=r"^tokenizer.json is .*$"):
        Vocabulary(text)


def test_other_kinds_of_tokenizers_are_refused() -> None:
    tokenizer = Tokenizer(models.WordLevel(vocab={"a": 0}, unk_token="a"))
    with pytest.raises(ModelUnavailable, match="neither"):
        Vocabulary(tokenizer.to_str())

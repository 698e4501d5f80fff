"""Text tokenised part by part, after any edits, is text tokenised from scratch; and what is stable stays."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from codex_lsp.decoding.cuts import BLANK_FIRST, CutKind, cuts_of
from codex_lsp.decoding.text_ids import TextIds
from codex_lsp.decoding.vocabulary import Vocabulary
from tests.unit.decoding.tiny import END, FIM, SOURCE, sentence_piece_tokenizer

EMBEDDED = Path(__file__).parents[3] / "codex_lsp" / "weights" / "tokenizer.json"
LLAMA_3, QWEN_2 = sorted(BLANK_FIRST, key=lambda pattern: r"{1,3}" not in pattern)
WORDS = ["def", "return", " x", "  ", "\t", "\n", "\r\n", "\r", "don't", "'s", "1234", "((", "):", ", ", "= ", "+ "]
ODD = ["\u00e9", "e\u0301", "\u65e5\u672c\u8a9e", "\U0001f60b", "\ud800", "\u00a0", "\u2028", "\x0c", "\x1c", "\u3000"]
TEXTS = st.lists(
    st.sampled_from([*WORDS, *ODD, END, *FIM, "<\uff5cfim\u2581hole\uff5c>", "\u0120", "\u2581"]) | st.text(max_size=4),
    max_size=12,
).map("".join)


def trained(*steps: Any, normalizer: Any = None, added: tuple[AddedToken, ...] = (), **options: Any) -> str:
    """A byte-level BPE with some splitting steps."""
    tokenizer = Tokenizer(models.BPE(**options))
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*steps, last]) if steps else last
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=[END, *FIM], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([*SOURCE * 3, "  \n  \n((x, y), don't);\n\n" * 5, *WORDS], trainer=trainer)
    tokenizer.add_tokens(list(added))
    return tokenizer.to_str()


def isolated(pattern: str) -> Any:
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def gpt2() -> Any:
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


KINDS: dict[str, tuple[CutKind, Callable[[], str]]] = {
    "embedded": (CutKind.LINES, lambda: EMBEDDED.read_text(encoding="utf-8")),
    "lines": (CutKind.LINES, lambda: trained(isolated(r"[\r\n]"), isolated(QWEN_2))),
    "gpt2": (CutKind.BLANKS, lambda: trained(gpt2(), added=(AddedToken("    ", normalized=False),))),
    "starcoder2": (CutKind.BLANKS, lambda: trained(pre_tokenizers.Digits(individual_digits=True), gpt2())),
    "llama3": (CutKind.BLANKS, lambda: trained(isolated(LLAMA_3), ignore_merges=True)),
    "qwen2": (CutKind.BLANKS, lambda: trained(isolated(QWEN_2), normalizer=normalizers.NFC())),
    "llama2": (CutKind.BLANKS, lambda: sentence_piece_tokenizer().to_str()),
    "merges over blanks": (CutKind.NOWHERE, trained),
    "unknown": (CutKind.NOWHERE, lambda: trained(isolated(r"\w+\W?"))),
    "dropout": (CutKind.NOWHERE, lambda: trained(gpt2(), dropout=0.0001)),
    "strips": (CutKind.NOWHERE, lambda: trained(gpt2(), added=(AddedToken("::", lstrip=True, special=False),))),
    "lower case": (CutKind.NOWHERE, lambda: trained(gpt2(), normalizer=normalizers.Lowercase())),
}
EXACT = [name for name, (kind, _) in KINDS.items() if kind is not CutKind.NOWHERE]


@cache
def vocabulary(name: str) -> Vocabulary:
    return Vocabulary(KINDS[name][1]())


@pytest.mark.parametrize("name", KINDS)
def test_where_a_tokenizer_may_be_cut_is_told_from_its_file(name: str) -> None:
    spec = json.loads(KINDS[name][1]())
    if name == "llama2":
        spec["normalizer"] = spec["normalizer"]["normalizers"][1]
    assert cuts_of(spec).kind is KINDS[name][0]


@pytest.mark.parametrize("name", ["embedded", "lines", "gpt2", "starcoder2", "llama3", "qwen2", "llama2", "unknown"])
@given(text=TEXTS, edits=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9), TEXTS), max_size=3))
@settings(max_examples=60)
def test_any_edits_give_the_tokens_of_the_whole_text(name: str, text: str, edits: list[tuple[int, int, str]]) -> None:
    known = vocabulary(name)
    assert known.ids(text) == known.encode(text).ids
    for place, removed, inserted in edits:
        start = place * len(text) // 99
        text = text[:start] + inserted + text[start + removed :]
        assert known.ids(text) == known.encode(text).ids
        assert known.ids(text, at_start=True) == known.encode(text, at_start=True).ids


@pytest.mark.parametrize("name", EXACT)
@given(text=TEXTS, typed=TEXTS)
@settings(max_examples=60)
def test_what_is_stable_stays_whatever_is_typed(name: str, text: str, typed: str) -> None:
    known = vocabulary(name)
    stable = known.ids(text[: known.stable_end(text)])
    assert known.ids(text + typed)[: len(stable)] == stable


def test_what_may_change_is_a_word_with_the_blank_before_it() -> None:
    texts = {"x = foo(ba": 8, "    ret": 3, "a\n    ": 2, "a\r\n": 3, "a = b": 3, "": 0, "n = 1": 4, "a + (": 3}
    assert {text: vocabulary("embedded").stable_end(text) for text in texts} == texts
    assert vocabulary("llama3").stable_end("if  foo.ba") == 2
    assert vocabulary("lines").stable_end("if a\nb c") == 5
    assert vocabulary("unknown").stable_end("if  foo.ba") == 2


def test_long_lines_are_cut_too() -> None:
    cuts = cuts_of(json.loads(EMBEDDED.read_text(encoding="utf-8")))
    line = "[" + "alpha, 12,beta;" * 60 + "]"
    assert len(cuts.parts(line)) > 100
    assert "".join(cuts.parts(line)) == line
    assert vocabulary("embedded").ids(line) == vocabulary("embedded").encode(line).ids


def test_only_parts_that_changed_are_tokenised() -> None:
    asked: list[str] = []

    def ids_of(part: str) -> tuple[int, ...]:
        asked.append(part)
        return (len(part),)

    texts = TextIds(cuts_of(json.loads(EMBEDDED.read_text(encoding="utf-8"))), ids_of, max_parts=8)
    assert texts.ids("a\nbb\nccc") == (2, 3, 3)
    assert texts.ids("a\nbb\ncccc") == (2, 3, 4)
    assert texts.count("bb\na\n") == 2
    assert asked == ["a\n", "bb\n", "ccc", "cccc"]
    long = "x" * 3000
    assert texts.ids(long) == texts.ids(long) == (3000,)
    assert asked[4:] == [long, long]

"""Wherever a line is split, what is completed is the rest of the line that the model itself would have written."""

import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.models.local_prompt import open_prompt, scored_text
from codex_lsp.types import Header, Prompt, SamplingParams, Token
from tests.unit.decoding.tiny import llama, save_checkpoint, sentence_piece_tokenizer

EMBEDDED = Path(__file__).parents[3] / "codex_lsp" / "weights"
BEFORE = (
    "class Point:\n    def __init__(self, x, y):\n        self.x = x\n",
    "for line in lines:\n    if not line:\n",
    'x = {"\u00e9": 1, "\u65e5\u672c": 2}\nnames = ["\u00e9",\n',
    "int main(void)\r\n{\r\n\t",
)
SUFFIXES = ("", "\n\nprint(1)\n")


def silent(percent: int, doing: str) -> None:
    """Progress that nobody reads."""


@cache
def embedded() -> LoadedModel:
    return load_model("embedded", EMBEDDED, dtype="float32", device="cpu", threads=1, progress=silent)


def asked(prefix: str, suffix: str = "") -> Prompt:
    return Prompt(header=Header(path="a.py", language="python"), prefix=prefix, suffix=suffix)


def completed(loaded: LoadedModel, prompt: Prompt, *, max_tokens: int = 10) -> tuple[str, list[Token]]:
    """The greedy completion of a line."""
    ids, tail = open_prompt(loaded, prompt)
    params = SamplingParams(n=1, temperature=0, max_tokens=max_tokens, stop=("\n",))
    deltas = list(loaded.runner.sample(ids, params, lambda: False, tail))
    return "".join(delta.text for delta in deltas), [token for delta in deltas for token in delta.tokens]


@cache
def line(before: str, suffix: str) -> str:
    return completed(embedded(), asked(before, suffix))[0]


def _is_text(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(before=st.sampled_from(BEFORE), suffix=st.sampled_from(SUFFIXES), place=st.floats(0, 1))
@settings(max_examples=40)
def test_any_split_of_a_line_gives_the_rest_of_it(before: str, suffix: str, place: float) -> None:
    whole = line(before, suffix)
    split = math.floor(place * len(whole))
    rest, tokens = completed(embedded(), asked(before + whole[:split], suffix))
    # With the same number of tokens a row that begins later ends later.
    assert rest.startswith(whole[split:])
    # What only spells again what was typed is no token of the row; one that begins a character has none of it yet.
    assert all(token.end > 0 or not _is_text(embedded().pieces[token.id or 0] or b"") for token in tokens)


def test_words_that_the_model_would_not_write_are_completed_all_the_same() -> None:
    prompt = asked("def read_file(path):\n    zzqx = open(path)\n    retu")
    assert completed(embedded(), prompt)[0].startswith("rn")
    assert completed(embedded(), asked("zzqx = 1\nprint(zz"))[0]


def test_a_prompt_ends_before_what_may_change() -> None:
    loaded = embedded()
    prompt = asked("x = 1\n    retu", "\n")
    ids, tail = open_prompt(loaded, prompt)
    assert tail is not None
    assert tail.typed == b" retu"
    assert b"".join(loaded.pieces[id_] or b"" for id_ in tail.usual.ids) + tail.usual.rest == tail.typed
    assert loaded.prompt_ids(prompt)[: len(ids)] == ids
    assert open_prompt(loaded, asked("x = 1\n")) == (loaded.prompt_ids(asked("x = 1\n")), None)


def test_all_rows_spell_what_was_typed_and_tell_true_log_probabilities() -> None:
    loaded = embedded()
    ids, tail = open_prompt(loaded, asked("def add(a, b):\n    ret"))
    assert tail is not None
    head = loaded.runner.head(ids, tail, lambda: False)
    params = SamplingParams(n=6, temperature=2.0, top_p=1.0, max_tokens=3, seed=5)
    rows: dict[int, list[Token]] = {}
    for delta in loaded.runner.sample(ids, params, lambda: False, tail):
        rows.setdefault(delta.index, []).extend(delta.tokens)
    reference: Any = AutoModelForCausalLM.from_pretrained(EMBEDDED, dtype=torch.float32)
    with torch.inference_mode():
        said = reference(input_ids=torch.tensor([[*ids, *head.ids]])).logits[0, -1].log_softmax(-1)
    straddling = [row[0] for row in rows.values() if row and row[0].id in tail.after(head).ids()]
    assert straddling
    for token in straddling:
        assert token.logprob == pytest.approx(said[token.id].item(), abs=1e-3)


def test_a_text_is_scored_as_the_row_that_says_it() -> None:
    loaded = embedded()
    prompt = asked("def add(a, b):\n    ret")
    text, tokens = completed(loaded, prompt, max_tokens=4)
    ids, encoding = scored_text(loaded, prompt, text)
    assert list(zip(encoding.ids, encoding.ends, strict=True)) == [(token.id, token.end) for token in tokens]
    logprobs = loaded.runner.score(ids, encoding.ids, lambda: False)
    assert logprobs == pytest.approx([token.logprob for token in tokens], abs=1e-3)


def test_a_prompt_of_one_word_begins_with_the_blank_of_its_tokenizer(tmp_path: Path) -> None:
    config = llama(bos_token_id=1, eos_token_id=2, vocab_size=320)
    folder = save_checkpoint(tmp_path / "llama", config, sentence_piece_tokenizer())
    loaded = load_model("tiny", folder, dtype="float32", device="cpu", threads=1, progress=silent)
    ids, tail = open_prompt(loaded, Prompt(header=None, prefix="retu"))
    assert ids == (1,)
    assert tail is not None
    assert tail.typed == b" retu"

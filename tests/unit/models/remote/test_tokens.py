from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.models.remote.tokens import RowDecoder
from codex_lsp.models.wire import WireError
from codex_lsp.types import Delta, FinishReason, Token


def legacy(text: str, pieces: list[str], values: list[float | None], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "text": text, "logprobs": {"tokens": pieces, "token_logprobs": values}, "finish_reason": reason}


def decoded(choices: list[dict[str, Any]], *, zeros_are_real: bool = False) -> list[Delta]:
    decoder = RowDecoder(0, zeros_are_real=lambda: zeros_are_real)
    return [decoder.delta(choice) for choice in choices]


def tokens_of(deltas: list[Delta]) -> list[tuple[float | None, int]]:
    return [(token.logprob, token.end) for delta in deltas for token in delta.tokens]


def test_ends_add_up_over_the_spelling() -> None:
    deltas = decoded([legacy("a +", ["a", " +"], [-0.5, -1.0]), legacy(" b", [" b"], [-0.25], "stop")])
    assert deltas[0].tokens == (Token(id=None, logprob=-0.5, end=1), Token(id=None, logprob=-1.0, end=3))
    assert deltas[1] == Delta(
        index=0, text=" b", tokens=(Token(id=None, logprob=-0.25, end=5),), finish_reason=FinishReason.STOP
    )


def test_tokens_that_a_stop_swallowed_are_dropped() -> None:
    whole = legacy("x = 1", ["x", " =", " 1", "\n", "\ndef"], [-1.0, -1.0, -1.0, -2.0, -3.0], "stop")
    assert tokens_of(decoded([whole])) == [(-1.0, 1), (-1.0, 3), (-1.0, 5)]


def test_a_token_cut_by_a_stop_ends_with_the_text() -> None:
    assert tokens_of(decoded([legacy("x)", ["x", "):\n"], [-1.0, -2.0], "stop")])) == [(-1.0, 1), (-2.0, 2)]


def test_tokens_wait_for_text_that_is_held_back() -> None:
    deltas = decoded([legacy("", ["\n"], [-1.0]), legacy("\nx", ["x"], [-2.0]), legacy("", [], [], "length")])
    assert [len(delta.tokens) for delta in deltas] == [0, 2, 0]
    assert tokens_of(deltas) == [(-1.0, 1), (-2.0, 2)]


def test_bytes_of_a_character_end_before_it() -> None:
    pieces = ["bytes:\\xf0\\x9f", "bytes:\\x98\\x8b", "!"]
    assert tokens_of(decoded([legacy("😋!", pieces, [-1.0, -2.0, -3.0], "stop")])) == [(-1.0, 0), (-2.0, 1), (-3.0, 2)]


def test_replacement_characters_stand_for_parts_of_one() -> None:
    whole = legacy("😋!", ["\ufffd", "😋", "!"], [-1.0, -2.0, -3.0], "stop")
    assert tokens_of(decoded([whole])) == [(-1.0, 0), (-2.0, 1), (-3.0, 2)]


def test_the_chat_shape_is_read_too() -> None:
    choice = {
        "text": "ab",
        "logprobs": {"content": [{"token": "a", "logprob": -1.0}, {"token": "b", "logprob": -2.0}]},
    }
    assert tokens_of(decoded([choice | {"finish_reason": "stop"}])) == [(-1.0, 1), (-2.0, 2)]


def test_a_row_of_zeros_has_no_values() -> None:
    deltas = decoded([legacy("a", ["a"], [0.0]), legacy("b", ["b"], [0.0]), legacy("", [], [], "stop")])
    assert [len(delta.tokens) for delta in deltas] == [0, 0, 2]
    assert tokens_of(deltas) == [(None, 1), (None, 2)]


def test_a_zero_beside_another_value_is_a_value() -> None:
    deltas = decoded([legacy("a", ["a"], [0.0]), legacy("b", ["b"], [-1.0]), legacy("c", ["c"], [0.0], "stop")])
    assert tokens_of(deltas) == [(0.0, 1), (-1.0, 2), (0.0, 3)]


def test_zeros_of_a_server_that_has_sent_other_values_are_values() -> None:
    assert tokens_of(decoded([legacy("a", ["a"], [0.0])], zeros_are_real=True)) == [(0.0, 1)]


@pytest.mark.parametrize("logprobs", [None, {}, {"tokens": None, "token_logprobs": None}])
def test_without_log_probabilities_a_token_stands_for_each_piece(logprobs: Any) -> None:
    choices: list[dict[str, Any]] = [
        {"text": "ab", "logprobs": logprobs},
        {"text": "c", "logprobs": logprobs},
        {"text": "", "logprobs": logprobs, "finish_reason": "stop"},
    ]
    assert tokens_of(decoded(choices)) == [(None, 2), (None, 3)]


def test_null_values_are_none() -> None:
    assert tokens_of(decoded([legacy("ab", ["a", "b"], [None, None], "stop")])) == [(None, 1), (None, 2)]


@pytest.mark.parametrize(
    "logprobs",
    [
        {"tokens": ["a"], "token_logprobs": []},
        {"tokens": ["a"], "token_logprobs": ["low"]},
        {"tokens": 5, "token_logprobs": [1]},
        {"content": [{"token": "a"}]},
        {"content": ["a"]},
    ],
)
def test_malformed_log_probabilities_are_told(logprobs: Any) -> None:
    with pytest.raises(WireError):
        decoded([{"text": "a", "logprobs": logprobs}])


@given(st.lists(st.text(min_size=1, max_size=4), max_size=6), st.integers(0, 30), st.data())
def test_ends_never_fall_and_never_pass_the_text(pieces: list[str], cut: int, data: st.DataObject) -> None:
    text = "".join(pieces)[:cut]
    split = data.draw(st.integers(0, len(text)))
    sent = data.draw(st.integers(0, len(pieces)))
    values: list[float | None] = [-1.0] * len(pieces)
    deltas = decoded(
        [legacy(text[:split], pieces[:sent], values[:sent]), legacy(text[split:], pieces[sent:], values[sent:], "stop")]
    )
    ends = [end for _, end in tokens_of(deltas)]
    assert ends == sorted(ends)
    assert all(end <= len(text) for end in ends)
    if pieces and text and sent:
        assert ends[-1] == len(text)

"""Rows decoded together are what a plain forward pass of `transformers` says they are."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel

from codex_lsp.decoding.cache import PrefixCache
from codex_lsp.decoding.healing import MAX_ASKED, Head, Tail
from codex_lsp.decoding.network import PREFILL_TOKENS
from codex_lsp.decoding.networks import network_over
from codex_lsp.decoding.own_network import OwnNetwork
from codex_lsp.decoding.prefix_index import PrefixIndex
from codex_lsp.decoding.runner import Runner
from codex_lsp.decoding.transformer import Transformer
from codex_lsp.errors import ModelRefused
from codex_lsp.types import Delta, FinishReason, SamplingParams
from tests.unit.decoding.tiny import VOCABULARY, gpt2, llama, qwen3, random_model, save_checkpoint

PROMPT = tuple(range(20, 60))
PARAMS = SamplingParams(n=4, greedy_first=True, max_tokens=12, temperature=0.8, seed=3)
CONTEXT = 256
# Every id shows as one letter; none ends a row, so that rows run to their limit.
LETTERS = tuple(chr(97 + id_ % 26).encode() for id_ in range(VOCABULARY))


@pytest.fixture(scope="module", params=[qwen3, llama, gpt2], ids=["qwen3", "llama", "gpt2"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PreTrainedModel:
    make: Callable[[], PreTrainedConfig] = request.param
    return loaded(save_checkpoint(tmp_path_factory.mktemp("checkpoint"), make()))


def runner_over(
    model: PreTrainedModel, pieces: tuple[bytes | None, ...] = LETTERS, *, max_context: int = CONTEXT
) -> Runner:
    return Runner(network_over(model, PrefixCache(max_bytes=2**20)), pieces, max_context=max_context)


def loaded(folder: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def decode(
    model: PreTrainedModel, params: SamplingParams = PARAMS, pieces: tuple[bytes | None, ...] = LETTERS
) -> dict[int, list[Delta]]:
    rows: dict[int, list[Delta]] = {}
    for delta in runner_over(model, pieces).sample(PROMPT, params, lambda: False):
        rows.setdefault(delta.index, []).append(delta)
    return rows


def ids_of(deltas: list[Delta]) -> list[int]:
    return [token.id for delta in deltas for token in delta.tokens if token.id is not None]


def logprobs_of(deltas: list[Delta]) -> list[float]:
    return [token.logprob for delta in deltas for token in delta.tokens if token.logprob is not None]


def plain_logprobs(model: PreTrainedModel, prompt: tuple[int, ...], ids: list[int]) -> list[float]:
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*prompt, *ids]])).logits[0]
    table = logits.log_softmax(-1)
    return [table[len(prompt) - 1 + place, id_].item() for place, id_ in enumerate(ids)]


def test_log_probabilities_are_those_of_a_plain_forward_pass(model: PreTrainedModel) -> None:
    rows = decode(model)
    assert sorted(rows) == [0, 1, 2, 3]
    for deltas in rows.values():
        ids = ids_of(deltas)
        assert len(ids) == PARAMS.max_tokens
        assert logprobs_of(deltas) == pytest.approx(plain_logprobs(model, PROMPT, ids), abs=1e-3)
        assert deltas[-1].finish_reason is FinishReason.LENGTH
    assert len({tuple(ids_of(deltas)) for deltas in rows.values()}) > 1


def test_the_greedy_row_is_greedy(model: PreTrainedModel) -> None:
    ids: list[int] = []
    with torch.inference_mode():
        for _ in range(PARAMS.max_tokens):
            ids.append(int(model(input_ids=torch.tensor([[*PROMPT, *ids]])).logits[0, -1].argmax()))
    assert ids_of(decode(model)[0]) == ids


def test_a_row_is_the_same_whatever_is_sampled_beside_it(model: PreTrainedModel) -> None:
    four = decode(model)
    # Ids below 100 end a row: rows leave the batch at different steps.
    ending = tuple(None if id_ < 100 else piece for id_, piece in enumerate(LETTERS))
    for params, pieces in ((replace(PARAMS, n=2), LETTERS), (replace(PARAMS, n=7), ending)):
        for index, deltas in decode(model, params, pieces).items():
            if index in four:
                ids = ids_of(deltas)
                assert ids == ids_of(four[index])[: len(ids)]


def test_score_equals_a_plain_forward_pass(model: PreTrainedModel) -> None:
    text = [70, 80, 90, 100]
    runner = runner_over(model)
    assert runner.score(PROMPT, text, lambda: False) == pytest.approx(plain_logprobs(model, PROMPT, text), abs=1e-3)
    assert runner.score(PROMPT, [], lambda: False) == []


def test_a_cancel_lets_at_most_one_more_step_run(model: PreTrainedModel) -> None:
    runner = runner_over(model)
    cancel_at = 5
    deltas = list(runner.sample(PROMPT, PARAMS, lambda: runner.steps >= cancel_at))
    assert runner.steps == cancel_at
    ended = {delta.index: delta.finish_reason for delta in deltas if delta.finish_reason is not None}
    assert ended == dict.fromkeys(range(4), FinishReason.CANCELLED)


def test_a_cancel_is_seen_before_the_first_step(model: PreTrainedModel) -> None:
    runner = runner_over(model)
    deltas = list(runner.sample(PROMPT, PARAMS, lambda: True))
    assert runner.steps == 0
    assert [delta.finish_reason for delta in deltas] == [FinishReason.CANCELLED] * 4


def test_rows_end_where_the_context_is_full(model: PreTrainedModel) -> None:
    runner = runner_over(model, max_context=len(PROMPT) + 3)
    deltas = list(runner.sample(PROMPT, PARAMS, lambda: False))
    assert len(ids_of(deltas)) == 4 * 3


def test_a_prompt_that_does_not_fit_is_refused_with_both_numbers(model: PreTrainedModel) -> None:
    runner = runner_over(model, max_context=len(PROMPT))
    with pytest.raises(ModelRefused, match=r"40 tokens .* context 40"):
        next(runner.sample(PROMPT, PARAMS, lambda: False))
    with pytest.raises(ModelRefused, match=r"43 tokens .* context 40"):
        runner.score(PROMPT, [1, 2, 3, 4], lambda: False)


def test_no_new_tokens_are_no_step(model: PreTrainedModel) -> None:
    runner = runner_over(model)
    (delta,) = runner.sample(PROMPT, SamplingParams(max_tokens=0), lambda: False)
    assert (delta.text, delta.finish_reason, runner.steps) == ("", FinishReason.LENGTH, 0)


@cache
def long_prompt() -> tuple[int, ...]:
    return tuple(id_ % VOCABULARY for _, id_ in zip(range(PREFILL_TOKENS + 40), count(step=7), strict=False))


@pytest.fixture(scope="module")
def long_model(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedModel:
    config = qwen3(max_position_embeddings=PREFILL_TOKENS * 2)
    return loaded(save_checkpoint(tmp_path_factory.mktemp("long"), config))


def test_a_long_prompt_is_read_in_pieces(long_model: PreTrainedModel) -> None:
    runner = runner_over(long_model, max_context=PREFILL_TOKENS * 2)
    deltas = list(runner.sample(long_prompt(), SamplingParams(max_tokens=3), lambda: False))
    expected = plain_logprobs(long_model, long_prompt(), ids_of(deltas))
    assert runner.steps == 2 + 2
    assert logprobs_of(deltas) == pytest.approx(expected, abs=1e-3)


def test_a_cancel_is_seen_while_a_long_prompt_is_read(long_model: PreTrainedModel) -> None:
    runner = runner_over(long_model, max_context=PREFILL_TOKENS * 2)
    deltas = list(runner.sample(long_prompt(), PARAMS, lambda: runner.steps > 0))
    assert runner.steps == 1
    assert {delta.finish_reason for delta in deltas} == {FinishReason.CANCELLED}


def test_bfloat16_stays_near_float32(model: PreTrainedModel, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    half = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.bfloat16).eval()
    deltas = decode(half, SamplingParams(max_tokens=6, temperature=0.0))[0]
    assert logprobs_of(deltas) == pytest.approx(plain_logprobs(half, PROMPT, ids_of(deltas)), abs=0.05)


class Plain(OwnNetwork):
    """A network that takes no drafts."""

    drafts = False


REPEATING = tuple([20, 30, 40, 50, 60] * 8)


def ids_with(
    model: PreTrainedModel, kind: type[OwnNetwork], params: SamplingParams
) -> tuple[dict[int, list[int]], int]:
    network = kind(Transformer(model), PrefixCache(max_bytes=2**20))
    rows: dict[int, list[int]] = {row: [] for row in range(params.n)}
    said: dict[int, list[float]] = {row: [] for row in range(params.n)}
    for delta in Runner(network, LETTERS, max_context=CONTEXT).sample(REPEATING, params, lambda: False):
        rows[delta.index] += ids_of([delta])
        said[delta.index] += logprobs_of([delta])
    for row, ids in rows.items():
        assert said[row] == pytest.approx(plain_logprobs(model, REPEATING, ids), abs=1e-3)
    return rows, network.steps


@pytest.fixture(scope="module")
def narrow() -> PreTrainedModel:
    """A model of few tokens whose text repeats itself."""
    return random_model(qwen3(vocab_size=64), scale=6.0)


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0])
def test_drafts_save_steps_and_change_nothing(narrow: PreTrainedModel, temperature: float) -> None:
    params = SamplingParams(n=3, max_tokens=60, temperature=temperature, seed=2)
    plain, steps = ids_with(narrow, Plain, params)
    drafted, fewer = ids_with(narrow, OwnNetwork, params)
    assert drafted == plain
    assert fewer < steps or temperature > 0.5


def test_a_head_is_read_once_for_all_rows(tmp_path: Path) -> None:
    index = PrefixIndex(LETTERS)
    tail = Tail(typed=b"aab", usual=Head(ids=(0, 26), rest=b"b"), index=index)
    gone = save_checkpoint(tmp_path / "window", qwen3(use_sliding_window=True, sliding_window=16))
    for folder in (save_checkpoint(tmp_path / "whole", qwen3()), gone, save_checkpoint(tmp_path / "gpt2", gpt2())):
        runner = runner_over(loaded(folder))
        head = runner.head(PROMPT, tail, lambda: False)
        read = runner.steps
        rows = list(runner.sample(PROMPT, PARAMS, lambda: False, tail))
        # Each sequence of the search costs its last token at most.
        assert runner.steps - read <= PARAMS.max_tokens + 1 + MAX_ASKED
        whole = (*PROMPT, *head.ids)
        rest = Tail(typed=head.rest, usual=Head(rest=head.rest), index=index)
        again = list(runner_over(loaded(folder)).sample(whole, PARAMS, lambda: False, rest))
        assert [(delta.index, ids_of([delta])) for delta in rows] == [(delta.index, ids_of([delta])) for delta in again]
        # A letter of which some is left to spell is spelled by a first token that rows do not have.
        assert head.rest == b"b"


def test_a_cancel_leaves_the_usual_head(model: PreTrainedModel) -> None:
    tail = Tail(typed=b"ab", usual=Head(ids=(0,), rest=b"b"), index=PrefixIndex(LETTERS))
    long = tuple(range(100)) * 6
    runner = runner_over(model, LETTERS, max_context=1000)
    assert runner.head(long[: PREFILL_TOKENS + 9], tail, lambda: True) == tail.usual
    with pytest.raises(ModelRefused):
        runner_over(model, LETTERS, max_context=8).head(PROMPT, tail, lambda: False)

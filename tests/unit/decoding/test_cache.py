"""What is kept of prompts changes nothing but the time: any requests in any order, under any memory limit."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedModel

from codex_lsp.decoding import cache as module
from codex_lsp.decoding.cache import CacheShape, PrefixCache, TreeKey
from codex_lsp.decoding.networks import network_over
from codex_lsp.decoding.own_network import OwnNetwork
from codex_lsp.decoding.runner import Runner
from codex_lsp.types import SamplingParams, Token
from tests.unit.decoding.tiny import VOCABULARY, qwen3, random_model

LETTERS = tuple(chr(97 + id_ % 26).encode() for id_ in range(VOCABULARY))
PARAMS = SamplingParams(n=3, greedy_first=True, max_tokens=5, temperature=0.9, seed=4)
SHAPE = CacheShape(layers=2, groups=2, width=8, dtype=torch.float32, device=torch.device("cpu"))
TREE = TreeKey("a")
TOKEN_BYTES = 2 * 2 * 2 * 8 * 4


@pytest.fixture(autouse=True, scope="module")
def small_numbers() -> Iterator[None]:
    """Short prompts meet every rule."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("SHORT_TAIL", 3), ("LEAST_SHARED", 4), ("MOST_PARTS", 3), ("_ROUND", 8)):
            patch.setattr(module, name, value)
        yield


@cache
def model() -> PreTrainedModel:
    # Few tokens, unlike in likelihood: no draw falls so near an edge that the last bit of a sum decides it.
    return random_model(qwen3(vocab_size=64), scale=6.0)


def runner_with(kept: PrefixCache) -> Runner:
    return Runner(network_over(model(), kept), LETTERS, max_context=256)


def answer(runner: Runner, prompt: list[int], params: SamplingParams = PARAMS) -> dict[int, list[Token]]:
    rows: dict[int, list[Token]] = {row: [] for row in range(params.n)}
    for delta in runner.sample(prompt, params, lambda: False):
        rows[delta.index] += delta.tokens
    return rows


def same(one: dict[int, list[Token]], other: dict[int, list[Token]]) -> None:
    for row, tokens in one.items():
        assert [token.id for token in tokens] == [token.id for token in other[row]]
        assert [token.logprob for token in tokens] == pytest.approx([token.logprob for token in other[row]], abs=1e-5)


@st.composite
def prompts(draw: st.DrawFn) -> list[list[int]]:
    """A history of edits: what was there before, kept up to some place, and something new after it."""
    history: list[list[int]] = [draw(st.lists(st.integers(1, 6), min_size=1, max_size=20))]
    for _ in range(draw(st.integers(1, 8))):
        base = draw(st.sampled_from(history))
        kept = draw(st.integers(0, len(base)))
        history.append([*base[:kept], *draw(st.lists(st.integers(1, 6), min_size=kept == 0, max_size=12))])
    return history


@settings(max_examples=15, derandomize=True)
@given(prompts(), st.sampled_from([0, 20, 60, 10_000]))
def test_any_history_gives_what_computing_from_scratch_gives(history: list[list[int]], limit: int) -> None:
    kept = PrefixCache(max_bytes=limit * TOKEN_BYTES)
    runner = runner_with(kept)
    for prompt in history:
        same(answer(runner, prompt), answer(runner_with(PrefixCache(max_bytes=0)), prompt))
        assert kept.statistics.bytes <= limit * TOKEN_BYTES


def test_one_more_character_reads_only_what_is_new() -> None:
    kept = PrefixCache(max_bytes=2**20)
    runner = runner_with(kept)
    text = [id_ % 40 + 1 for id_ in range(100)]
    answer(runner, [*text, 7])
    answer(runner, [*text, 50, 7])
    assert (kept.statistics.prompts, kept.statistics.hits, kept.statistics.reused) == (2, 1, 100)
    held = kept.statistics.bytes
    for more in range(2, 6):
        answer(runner, [*text, *[50] * more, 7])
    assert kept.statistics.reused == 100 + 101 + 102 + 103 + 104
    assert kept.statistics.bytes == held


def test_a_tenant_gets_nothing_of_another() -> None:
    kept = PrefixCache(max_bytes=2**20)
    runner = runner_with(kept)
    text = list(range(1, 60))
    for tenant in ("a", "b", None):
        answer(runner, text, SamplingParams(max_tokens=1, tenant=tenant))
    assert kept.statistics.hits == 0
    answer(runner, text, SamplingParams(max_tokens=1, tenant="b"))
    assert kept.statistics.hits == 1


def test_two_models_share_the_memory_and_nothing_else() -> None:
    kept = PrefixCache(max_bytes=2**20)
    text = list(range(1, 60))
    for _ in range(2):
        answer(runner_with(kept), text)
    assert kept.statistics.hits == 0


def test_the_shared_part_is_read_where_it_lies() -> None:
    kept = PrefixCache(max_bytes=2**20)
    first = kept.lease(TREE, list(range(30)), SHAPE)
    first.room(30)
    first.commit(list(range(30)))
    second = kept.lease(TREE, [*range(20), 99, 98], SHAPE)
    (part,) = second.shared
    assert (second.matched, part.keys.shape[2]) == (20, 20)
    assert part.keys.data_ptr() == first.room(30).keys.data_ptr()
    first.close()
    # What is read stays, whatever is asked for.
    kept.evict(0)
    assert second.shared[0].keys.data_ptr() == part.keys.data_ptr()
    second.close()
    kept.evict(0)
    assert kept.statistics.bytes == 0


def test_memory_that_is_made_smaller_when_it_is_full_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SPARE", 16)
    kept = PrefixCache(max_bytes=16 * TOKEN_BYTES)
    for start in range(5):
        prompt = [start, *range(10, 300)]
        lease = kept.lease(TREE, prompt, SHAPE)
        lease.room(len(prompt), spare=64)
        lease.commit(prompt[lease.matched :])
        lease.close()
        assert kept.statistics.bytes == 0


def test_the_least_recently_used_goes_first() -> None:
    kept = PrefixCache(max_bytes=2 * 32 * TOKEN_BYTES)
    one, two, three = ([start, *range(start + 1, start + 20)] for start in (1, 100, 200))

    def matched(prompt: list[int]) -> int:
        lease = kept.lease(TREE, prompt, SHAPE)
        lease.room(len(prompt))
        lease.commit(prompt[lease.matched :])
        lease.close()
        return lease.matched

    assert [matched(prompt) for prompt in (one, two, one, three, one)] == [0, 0, 19, 0, 19]
    assert kept.statistics.evicted == 1
    assert matched(two) == 0


def test_generations_that_take_turns_do_not_disturb_each_other() -> None:
    kept = PrefixCache(max_bytes=2**20)
    runner = runner_with(kept)
    text = list(range(1, 60))
    asked = [text, [*text, 61], [*text[:30], 62], text]
    streams = [runner.sample(prompt, PARAMS, lambda: False) for prompt in asked]
    rows: list[dict[int, list[Token]]] = [{row: [] for row in range(PARAMS.n)} for _ in asked]
    waiting = list(range(len(asked)))
    while waiting:
        for place in list(waiting):
            delta = next(streams[place], None)
            if delta is None:
                waiting.remove(place)
            else:
                rows[place][delta.index] += delta.tokens
    for prompt, found in zip(asked, rows, strict=True):
        same(found, answer(runner_with(PrefixCache(max_bytes=0)), prompt))


def test_a_generation_that_is_left_gives_its_memory_back() -> None:
    kept = PrefixCache(max_bytes=0)
    stream: Any = runner_with(kept).sample([1, 2, 3], PARAMS, lambda: False)
    next(stream)
    assert kept.statistics.bytes > 0
    stream.close()
    assert kept.statistics.bytes == 0


def test_a_cancelled_prompt_leaves_what_was_read() -> None:
    kept = PrefixCache(max_bytes=2**20)
    network = network_over(model(), kept)
    assert isinstance(network, OwnNetwork)
    list(Runner(network, LETTERS, max_context=256).sample([1, 2, 3], PARAMS, lambda: True))
    assert kept.statistics.bytes == 0

"""What is mixed in is what stood after the same tokens, by the shares that are written down."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.decoding.memory import ORDERS, SHARES, Memory, Places
from codex_lsp.decoding.recalling import RecallingSampler
from codex_lsp.types import SamplingParams

VOCABULARY = 6
TEXTS = st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=30), max_size=4)
HISTORY = st.lists(st.integers(0, VOCABULARY - 1), max_size=12)


def followers(texts: list[list[int]], history: list[int], order: int) -> Counter[int]:
    if len(history) < order:
        return Counter()
    last = history[len(history) - order :]
    return Counter(text[at] for text in texts for at in range(order, len(text)) if text[at - order : at] == last)


@given(TEXTS, TEXTS, HISTORY)
def test_the_mixture_equals_counting(first: list[list[int]], second: list[list[int]], history: list[int]) -> None:
    logprobs = torch.randn(1, VOCABULARY, generator=torch.Generator().manual_seed(3)).log_softmax(-1)
    mixed = Memory(parts=(Places(first), Places(second))).mixed(logprobs, [history])
    counts = [found for order in ORDERS if (found := followers(first + second, history, order))]
    expected = logprobs[0].exp()
    if counts:
        share, *shares = SHARES[len(counts) - 1]
        expected *= share
        for found, order_share in zip(counts, shares, strict=True):
            for id_, count in found.items():
                expected[id_] += order_share * count / found.total()
    assert mixed[0].exp().tolist() == pytest.approx(expected.tolist(), abs=1e-5)


def test_shares_are_whole() -> None:
    assert all(sum(shares) == pytest.approx(1) for shares in SHARES)
    assert [len(shares) for shares in SHARES] == [2, 3, 4, 5]


def test_rows_are_mixed_each_after_its_own_tokens() -> None:
    memory = Memory(parts=(Places([[1, 2, 3, 1, 4]]),))
    flat = torch.zeros(2, VOCABULARY).log_softmax(-1)
    two = memory.mixed(flat, [(2,), (3,)])
    assert two[0].argmax() == 3
    assert two[1].argmax() == 1
    assert torch.equal(two[1:], memory.mixed(flat[1:], [(3,)]))


@given(TEXTS.filter(any), HISTORY, st.integers(0, 8))
def test_a_draft_is_what_followed_in_one_text(texts: list[list[int]], history: list[int], most: int) -> None:
    guess = Memory(parts=(Places(texts),)).following(history, most)
    assert len(guess) <= most
    if guess:
        run = [*history[-4:], *guess]
        assert any(text[at : at + len(run)] == run for text in texts for at in range(len(text)))


def test_the_model_s_own_numbers_are_told() -> None:
    memory = Memory(parts=(Places([[1, 2, 3, 4, 5] * 3]),))
    sampler = RecallingSampler(SamplingParams(n=2, temperature=0.0), memory, [1, 2, 3])
    logits = torch.tensor([[0.0, 0.1, 0.0, 0.0, 0.0, 0.0]])
    choices = sampler.choose(logits, [(0, 0), (1, 0)])
    assert [choice.id for choice in choices] == [4, 4]
    assert choices[0].logprob == pytest.approx(logits.log_softmax(-1)[0, 4].item())
    # A row goes on from what was chosen for it.
    assert [choice.id for choice in sampler.choose(logits.expand(2, -1), [(0, 1), (1, 1)])] == [5, 5]


def test_steps_of_a_draft_remember_one_another() -> None:
    memory = Memory(parts=(Places([[1, 2, 3, 4, 5] * 3]),))
    logits = torch.zeros(3, VOCABULARY)
    places = [(0, 0), (0, 1), (0, 2)]
    together = RecallingSampler(SamplingParams(temperature=0.0), memory, [1, 2]).choose(logits, places)
    one_by_one = RecallingSampler(SamplingParams(temperature=0.0), memory, [1, 2])
    assert together == [choice for place in places for choice in one_by_one.choose(logits[:1], [place])]
    assert [choice.id for choice in together] == [3, 4, 5]


def test_draws_follow_the_mixed_distribution() -> None:
    memory = Memory(parts=(Places([[1, 2], [1, 3], [1, 3]]),))
    logits = torch.tensor([[1.0, 0.0, 0.5, 0.0, 0.2, 0.1]])
    count = 4000
    params = SamplingParams(n=count, temperature=1.0, top_p=1.0, seed=5)
    choices = RecallingSampler(params, memory, [1]).choose(logits, [(row, 0) for row in range(count)])
    drawn = Counter(choice.id for choice in choices)
    expected = memory.mixed(logits.log_softmax(-1), [[1]])[0].exp()
    for id_ in range(VOCABULARY):
        spread = (expected[id_].item() / count) ** 0.5
        assert abs(drawn[id_] / count - expected[id_].item()) < 5 * spread

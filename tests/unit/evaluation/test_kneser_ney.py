"""The n-gram against a plain reading of the paper's formulas, by hand and by brute force."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.kneser_ney import KneserNey, discounts, train

VOCABULARY = 4
BOUNDARY = VOCABULARY
TEXTS = st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=12), max_size=8)


class Plain:
    """Interpolated modified Kneser-Ney with dictionaries, as Chen & Goodman write it down."""

    def __init__(self, texts: list[list[int]], order: int) -> None:
        self.order = order
        raw: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order + 1)]
        for text in texts:
            padded = [BOUNDARY] * (order - 1) + text + [BOUNDARY]
            for end in range(order - 1, len(padded) if text else 0):
                for size in range(1, order + 1):
                    raw[size][tuple(padded[end - size + 1 : end + 1])] += 1
        self.counts = [*raw[:order], raw[order]]
        for size in range(1, order):
            before = Counter(gram[1:] for gram in raw[size + 1])
            starts = {gram for gram in raw[size] if size > 1 and gram[0] == BOUNDARY}
            self.counts[size] = Counter({g: raw[size][g] if g in starts else before[g] for g in raw[size]})

    def probability(self, history: Sequence[int], token: int) -> float:
        if not history:
            return self._mixed(self.counts[1], (), token, 1 / (VOCABULARY + 1))
        counts = self.counts[len(history) + 1]
        return self._mixed(counts, tuple(history), token, self.probability(history[1:], token))

    def _mixed(self, counts: Counter[tuple[int, ...]], history: tuple[int, ...], token: int, lower: float) -> float:
        taken = discounts(np.array([*counts.values(), 0]))
        followers = {gram: count for gram, count in counts.items() if gram[:-1] == history}
        total = sum(followers.values())
        if not total:
            return lower
        left = sum(taken[min(count, 3) - 1] for count in followers.values())
        own = followers.get((*history, token), 0)
        return (own - (taken[min(own, 3) - 1] if own else 0) + left * lower) / total


def after(model: KneserNey, history: Sequence[int]) -> tuple[int, ...]:
    state = model.start()
    for token in history:
        state = model.after(state, token)
    return state


@given(TEXTS, st.lists(st.integers(0, VOCABULARY - 1), max_size=8), st.integers(2, 6))
def test_it_is_what_the_paper_says(texts: list[list[int]], history: list[int], order: int) -> None:
    model = train(texts, vocabulary=VOCABULARY, order=order)
    plain = Plain(texts, order)
    seen = ([BOUNDARY] * (order - 1) + history)[-(order - 1) :]
    expected = [plain.probability(seen, token) for token in range(VOCABULARY + 1)]
    assert model.distribution(after(model, history)).tolist() == pytest.approx(expected, rel=1e-5, abs=1e-9)


@given(TEXTS, st.lists(st.integers(0, VOCABULARY - 1), max_size=8), st.integers(2, 6))
def test_probabilities_sum_to_one_and_none_is_zero(texts: list[list[int]], history: list[int], order: int) -> None:
    model = train(texts, vocabulary=VOCABULARY, order=order)
    found = model.distribution(after(model, history))
    assert found.sum() == pytest.approx(1.0, abs=1e-5)
    assert (found > 0).all()


@given(TEXTS, st.lists(st.integers(0, VOCABULARY - 1), max_size=5), st.lists(st.integers(0, VOCABULARY), max_size=9))
def test_scoring_a_text_at_once_is_scoring_it_token_by_token(
    texts: list[list[int]], history: list[int], text: list[int]
) -> None:
    model = train(texts, vocabulary=VOCABULARY, order=4)
    state, one_by_one = after(model, history), list[float]()
    for token in text:
        one_by_one.append(math.log(model.distribution(state)[token]))
        state = model.after(state, token)
    assert model.logprobs(history, text).tolist() == pytest.approx(one_by_one, rel=1e-6)


def test_a_text_computed_by_hand() -> None:
    # One text "0 1 0 1" as bigrams. Counts are too few for estimates, so 0.5, 1 and 1.5 are taken off.
    model = train([[0, 1, 0, 1]], vocabulary=2, order=2)
    # What stands before each: 0 after {start, 1}, 1 after {0}, the end after {1}: counts 2, 1, 1 of 4, discounted
    # 1, 0.5, 0.5, which leaves 2/4 for all three alike.
    unigrams = [(2 - 1) / 4 + 2 / 4 / 3, (1 - 0.5) / 4 + 2 / 4 / 3, (1 - 0.5) / 4 + 2 / 4 / 3]
    assert model.unigrams.tolist() == pytest.approx(unigrams)
    # 0 is followed by 1 twice: 1 of 2 is taken off and goes to the unigrams.
    after_zero = [1 / 2 * unigrams[0], 1 / 2 + 1 / 2 * unigrams[1], 1 / 2 * unigrams[2]]
    assert model.distribution(after(model, [0])).tolist() == pytest.approx(after_zero)
    # 1 is followed by 0 once and by the end once: 1/2 of 1 each.
    after_one = [1 / 4 + 1 / 2 * unigrams[0], 1 / 2 * unigrams[1], 1 / 4 + 1 / 2 * unigrams[2]]
    assert model.distribution(after(model, [1])).tolist() == pytest.approx(after_one)
    assert model.tokens == 5


def test_a_context_never_seen_backs_off_to_the_longest_one_that_was() -> None:
    model = train([[0, 1, 2], [3, 1, 2]], vocabulary=VOCABULARY, order=4)
    assert model.distribution(after(model, [2, 2, 1])).tolist() == model.distribution(after(model, [1, 1, 1])).tolist()
    assert model.distribution(after(model, [2, 2, 1])).argmax() == 2


def test_texts_do_not_reach_into_each_other() -> None:
    apart = train([[0, 1], [2, 3]], vocabulary=VOCABULARY, order=3)
    assert apart.distribution(after(apart, [0, 1])).argmax() == BOUNDARY
    assert apart.distribution(after(apart, [0, 1]))[2] == apart.distribution(after(apart, [0, 1]))[3]
    assert train([[0, 1], [], [2, 3], []], vocabulary=VOCABULARY, order=3).tokens == apart.tokens == 6


@given(st.lists(st.integers(0, 9), max_size=60))
def test_no_more_is_taken_off_than_is_there(counts: list[int]) -> None:
    assert all(0 < taken <= times for times, taken in enumerate(discounts(np.array(counts)), start=1))


def test_nothing_to_learn_from_leaves_every_symbol_alike() -> None:
    model = train([], vocabulary=3, order=6)
    assert model.tokens == 0
    assert model.distribution(model.start()).tolist() == pytest.approx([0.25] * 4)

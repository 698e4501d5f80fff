"""Interpolated modified Kneser-Ney n-grams over token ids (Chen & Goodman 1999, section 4.3), by sorting.

An order's n-grams are numbered in sorted order of (number of the n-gram without its last token, last token), so what
may follow a context is one slice of a sorted array, and a look-up is a binary search. Texts stand between boundary
symbols, whose id is one past the vocabulary: it is both what precedes a text and its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Nodes = NDArray[np.int32]

_FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)
"""Where counts are too few to estimate them (as KenLM does)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The n-grams of one order above 1.

    Attributes:
        keys: Sorted; the context's number x alphabet + the last token.
        shares: Of each n-gram: its discounted part of its context's counts, float32.
        left: Of each context: the mass that its discounts leave to the order below, float32.
    """

    keys: Ints
    shares: NDArray[np.float32]
    left: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class KneserNey:
    """A trained model.

    Attributes:
        alphabet: How many symbols: the vocabulary and the boundary, which is the last.
        unigrams: Probability of each symbol, [alphabet].
        orders: Order 2 first.
        tokens: How many tokens it was trained on, boundaries included.
    """

    alphabet: int
    unigrams: Floats
    orders: tuple[Order, ...]
    tokens: int

    @property
    def boundary(self) -> int:
        """The id of the symbol before and after a text."""
        return self.alphabet - 1

    def start(self) -> tuple[int, ...]:
        """The state at the beginning of a text: numbers of the histories of 1, 2, … tokens."""
        state: tuple[int, ...] = (-1,) * len(self.orders)
        for _ in self.orders:
            state = self.after(state, self.boundary)
        return state

    def after(self, state: tuple[int, ...], token: int) -> tuple[int, ...]:
        """The state after one more token; -1 for a history that was never seen."""
        longer = (self._number(order, node, token) for order, node in zip(self.orders, state[:-1], strict=False))
        return (token, *longer)

    def distribution(self, state: tuple[int, ...]) -> Floats:
        """Probability of each symbol after a state, [alphabet]; they sum to 1."""
        found = self.unigrams.copy()
        for order, context in zip(self.orders, state, strict=True):
            if context < 0:
                # Longer histories end in this one, so they were not seen either.
                break
            found *= order.left[context]
            low, high = np.searchsorted(order.keys, (context * self.alphabet, (context + 1) * self.alphabet))
            found[order.keys[low:high] - context * self.alphabet] += order.shares[low:high]
        return found

    def logprobs(self, history: Sequence[int], text: Sequence[int]) -> Floats:
        """Natural log-probabilities of the symbols of `text` after `history`, which begins a text."""
        ids = np.array([*[self.boundary] * len(self.orders), *history, *text], dtype=np.int64)
        found = self.unigrams[ids]
        nodes = ids
        for order in self.orders:
            contexts = np.concatenate([nodes[:1], nodes[:-1]])
            seen = contexts >= 0
            found = np.where(seen, found * order.left[contexts], found)
            nodes = self._numbers(order, contexts, ids)
            found = found + np.where(nodes >= 0, order.shares[nodes], 0.0)
        return np.log(found[len(ids) - len(text) :])

    def _number(self, order: Order, context: int, token: int) -> int:
        if context < 0:
            return -1
        key = context * self.alphabet + token
        place = int(np.searchsorted(order.keys, key))
        return place if place < len(order.keys) and order.keys[place] == key else -1

    def _numbers(self, order: Order, contexts: Ints, ids: Ints) -> Ints:
        keys = contexts * self.alphabet + ids
        places = np.minimum(np.searchsorted(order.keys, keys), len(order.keys) - 1)
        return np.where((contexts >= 0) & (order.keys[places] == keys), places, -1)


def train(texts: Iterable[Sequence[int]], *, vocabulary: int, order: int = 6) -> KneserNey:
    """Count the n-grams of texts and smooth them.

    It takes about 80 bytes of memory for each token, and on one core a minute for 40 million.

    Args:
        texts: Token ids below `vocabulary`.
        vocabulary: Its size.
        order: Of the longest n-grams, at least 2.
    """
    alphabet = vocabulary + 1
    stream = _stream(texts, boundary=vocabulary, order=order)
    real = _counted(stream, vocabulary)
    grams = _Grams(nodes=stream, ends=np.zeros(0, dtype=np.int64), keys=np.arange(alphabet, dtype=np.int64))
    orders: list[Order] = []
    unigrams = np.zeros(alphabet)
    contexts = alphabet
    for size in range(2, order + 1):
        longer = _extended(grams, stream, alphabet)
        counts = _continuations(grams, longer, real, len(grams.keys))
        if size == 2:  # noqa: PLR2004 - of bigrams, the shorter ones are unigrams
            unigrams = _smoothed_unigrams(counts)
        else:
            # Nothing precedes a text, so what follows only boundaries is counted as often as it is there.
            at_start = stream[grams.ends - (size - 2)] == vocabulary
            counts = np.where(at_start, np.bincount(grams.nodes[real], minlength=len(grams.keys)), counts)
            orders.append(_smoothed(grams.keys, counts, alphabet=alphabet, contexts=contexts))
            contexts = len(grams.keys)
        grams = longer
    counts = np.bincount(grams.nodes[real], minlength=len(grams.keys))
    orders.append(_smoothed(grams.keys, counts, alphabet=alphabet, contexts=contexts))
    return KneserNey(alphabet=alphabet, unigrams=unigrams, orders=tuple(orders), tokens=int(real.sum()))


def discounts(counts: Ints) -> tuple[float, float, float]:
    """What is taken off counts of 1, of 2, and of 3 or more, from how many n-grams occur once to four times.

    >>> [round(discount, 3) for discount in discounts(np.array([1, 1, 1, 1, 2, 2, 3, 4]))]
    [0.5, 1.25, 1.0]
    """
    ones, twos, threes, fours = (int(np.count_nonzero(counts == times)) for times in (1, 2, 3, 4))
    if 0 in (ones, twos, threes, fours):
        return _FALLBACK_DISCOUNTS
    share = ones / (ones + 2 * twos)
    found = (1 - 2 * share * twos / ones, 2 - 3 * share * threes / twos, 3 - 4 * share * fours / threes)
    usable = all(0 < discount <= times for times, discount in enumerate(found, start=1))
    return found if usable else _FALLBACK_DISCOUNTS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grams:
    """The n-grams of one order in a stream.

    Attributes:
        nodes: Of each place of the stream: the number of the n-gram that ends there.
        ends: Of each n-gram: a place where it ends.
        keys: As in `Order`.
    """

    nodes: Nodes
    ends: Ints
    keys: Ints


def _stream(texts: Iterable[Sequence[int]], *, boundary: int, order: int) -> Nodes:
    """All texts in a row, enough boundaries before and after each that no n-gram reaches from one into another."""
    edge = [boundary] * (order - 1)
    parts = [np.array(edge, dtype=np.int32)]
    parts += [
        np.fromiter(chain(text, edge), dtype=np.int32, count=len(text) + order - 1) for text in texts if len(text)
    ]
    return np.concatenate(parts)


def _counted(stream: Nodes, boundary: int) -> NDArray[np.bool_]:
    """Which places are events: tokens, and the first boundary after them."""
    is_token = stream != boundary
    return is_token | np.concatenate([[False], is_token[:-1]])


def _extended(grams: _Grams, stream: Nodes, alphabet: int) -> _Grams:
    """The n-grams that are one token longer."""
    contexts = np.concatenate([grams.nodes[:1], grams.nodes[:-1]]).astype(np.int64)
    keys = contexts * alphabet + stream
    del contexts
    by_key = np.argsort(keys)
    keys = keys[by_key]
    is_first = np.concatenate([[True], keys[1:] != keys[:-1]])
    nodes = np.empty(len(stream), dtype=np.int32)
    nodes[by_key] = np.cumsum(is_first, dtype=np.int32) - 1
    return _Grams(nodes=nodes, ends=by_key[is_first], keys=keys[is_first])


def _continuations(grams: _Grams, longer: _Grams, real: NDArray[np.bool_], size: int) -> Ints:
    """For each n-gram, how many different tokens stand before it: the longer n-grams that end in it."""
    ends = longer.ends[real[longer.ends]]
    return np.bincount(grams.nodes[ends], minlength=size)


def _smoothed_unigrams(counts: Ints) -> Floats:
    """Discounted, and interpolated with the same probability for every symbol."""
    taken = _taken(counts)
    total = max(int(counts.sum()), 1)
    left = taken.sum() / total if counts.any() else 1.0
    return (counts - taken) / total + left / len(counts)


def _smoothed(keys: Ints, counts: Ints, *, alphabet: int, contexts: int) -> Order:
    taken = _taken(counts)
    parents = keys // alphabet
    totals = np.bincount(parents, weights=counts, minlength=contexts)
    lost = np.bincount(parents, weights=taken, minlength=contexts)
    shares = (counts - taken) / np.maximum(totals[parents], 1.0)
    # A context that only boundaries follow says nothing: all is left to the order below.
    left = np.where(totals > 0, lost / np.maximum(totals, 1.0), 1.0)
    return Order(keys=keys, shares=shares.astype(np.float32), left=left.astype(np.float32))


def _taken(counts: Ints) -> Floats:
    return np.array([0.0, *discounts(counts)])[np.minimum(counts, 3)]

"""Guesses change nothing of what is sampled: where a token was guessed, it is drawn from the model's own distribution.

Whether a place is reached with a guess depends on the tokens before it alone. So at all such places the token that was
drawn follows the model's distribution given what stands before it, which a plain forward pass tells exactly; of its
cumulative probability, with chance spread over the token's own part, every value in [0, 1) is equally likely
(Rosenblatt, 1952). All seeds are fixed: the test gives the same answer each time.

A runner that takes every guess without looking fails all of it by far: it takes 11,678 of 11,678 guesses where 6,725
should be (deviation 40), and the values lie 72 and 8.5 standard deviations from even ones.
"""

import math
import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from unittest.mock import patch

import torch
from torch import Tensor
from transformers import PreTrainedModel

from codex_lsp.decoding.cache import PrefixCache
from codex_lsp.decoding.own_network import OwnNetwork, OwnReading
from codex_lsp.decoding.runner import Runner
from codex_lsp.decoding.transformer import Transformer
from codex_lsp.types import SamplingParams
from tests.unit.decoding.tiny import qwen3, random_model

TOKENS = 6
LETTERS = tuple(bytes([97 + id_]) for id_ in range(TOKENS))
PROMPT = (1, 2, 3, 4, 5) * 5
ROWS, ROW_TOKENS, SEEDS = 16, 60, 24
SCALE, TEMPERATURE = 7.0, 0.6
BINS = 20
FAR = 3.72
"""Standard deviations of a normal distribution beyond which lies 0.01 % on each side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One row.

    Attributes:
        ids: What was drawn.
        drafts: What was read on trust, each with the number of tokens before it.
    """

    ids: Sequence[int]
    drafts: Sequence[tuple[int, Sequence[int]]]

    def guessed(self) -> Iterator[tuple[int, int]]:
        """Places that were reached with a guess, and the guess."""
        for at, draft in self.drafts:
            for place, guess in enumerate(draft[: len(self.ids) - at], start=at):
                yield place, guess
                if self.ids[place] != guess:
                    break

    def after_right_guesses(self) -> Iterator[int]:
        """Places whose token was drawn after a guess that was taken, in the same forward pass."""
        taken = {place for place, guess in self.guessed() if self.ids[place] == guess}
        return (place + 1 for place in sorted(taken) if place + 1 < len(self.ids))


@cache
def model() -> PreTrainedModel:
    return random_model(qwen3(vocab_size=TOKENS, num_hidden_layers=1), scale=SCALE)


@contextmanager
def watched(fed: list[tuple[Sequence[int], Sequence[Sequence[int]]]]) -> Generator[None]:
    """Note what each forward pass reads of the rows."""
    step = OwnReading.step

    def noting(self: OwnReading, rows: Sequence[int], ids: Sequence[Sequence[int]]) -> Tensor:
        fed.append((rows, ids))
        return step(self, rows, ids)

    with patch.object(OwnReading, "step", noting):
        yield


def sampled(seed: int, *, rows: int = ROWS) -> tuple[list[Sampled], int]:
    """Rows, and the forward passes that they needed."""
    network = OwnNetwork(Transformer(model()), PrefixCache(max_bytes=2**24))
    # All are made, whether they pay or not.
    network.token_price = 0.0
    params = SamplingParams(n=rows, max_tokens=ROW_TOKENS, temperature=TEMPERATURE, top_p=1.0, seed=seed)
    fed: list[tuple[Sequence[int], Sequence[Sequence[int]]]] = []
    ids: list[list[int]] = [[] for _ in range(rows)]
    with watched(fed):
        for delta in Runner(network, LETTERS, max_context=256).sample(PROMPT, params, lambda: False):
            ids[delta.index] += [token.id for token in delta.tokens if token.id is not None]
    drafts: list[list[tuple[int, Sequence[int]]]] = [[] for _ in range(rows)]
    ends = [1] * rows
    for numbers, parts in fed:
        for row, (_, *draft) in zip(numbers, parts, strict=True):
            at = ends[row]
            right = next((n for n, id_ in enumerate(draft) if ids[row][at + n : at + n + 1] != [id_]), len(draft))
            drafts[row].append((at, draft))
            ends[row] = at + right + 1
    return [Sampled(ids=ids[row], drafts=drafts[row]) for row in range(rows)], network.steps


@cache
def all_rows() -> list[Sampled]:
    return [row for seed in range(SEEDS) for row in sampled(seed)[0]]


@cache
def distributions() -> list[list[list[float]]]:
    """For each row and place the model's probabilities, by a plain forward pass over all that stands before it."""
    with torch.inference_mode():
        inputs = torch.tensor([[*PROMPT, *row.ids] for row in all_rows()])
        return model()(input_ids=inputs).logits[:, len(PROMPT) - 1 : -1].double().div(TEMPERATURE).softmax(-1).tolist()


def far_from_even(values: Sequence[float]) -> float:
    """How far some values lie from being equally likely anywhere in [0, 1), in standard deviations.

    Chi-square over bins, made normal (Wilson and Hilferty, 1931).
    """
    counts = [0] * BINS
    for value in values:
        counts[min(int(value * BINS), BINS - 1)] += 1
    expected, freedom = len(values) / BINS, BINS - 1
    statistic = sum((count - expected) ** 2 / expected for count in counts)
    spread = 2 / (9 * freedom)
    return ((statistic / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)


def spread_out(places: Sequence[tuple[int, int, int]]) -> list[float]:
    """The cumulative probabilities of the tokens at some places (row, place, and the token that is counted first)."""
    chance = random.Random(1)
    rows, tables = all_rows(), distributions()
    values: list[float] = []
    for row, place, first in places:
        id_, table = rows[row].ids[place], tables[row][place]
        before = [other for other in range(TOKENS) if (other != first, other) < (id_ != first, id_)]
        values.append(sum(table[other] for other in before) + chance.random() * table[id_])
    return values


def test_guesses_are_taken_and_save_forward_passes() -> None:
    tokens = steps = 0
    for seed in range(6):
        ((row,), used) = sampled(seed, rows=1)
        tokens += len(row.ids)
        steps += used
    assert steps < 0.85 * tokens


def test_where_a_token_was_guessed_it_follows_the_distribution() -> None:
    rows, tables = all_rows(), distributions()
    guessed = [(number, place, guess) for number, row in enumerate(rows) for place, guess in row.guessed()]
    assert len(guessed) > 5000
    taken = sum(rows[row].ids[place] == guess for row, place, guess in guessed)
    chances = [tables[row][place][guess] for row, place, guess in guessed]
    deviation = math.sqrt(sum(chance * (1 - chance) for chance in chances))
    assert taken > 3000
    assert abs(taken - sum(chances)) < FAR * deviation
    assert far_from_even(spread_out(guessed)) < FAR


def test_after_guesses_that_were_taken_tokens_follow_the_distribution() -> None:
    places = [(number, place, 0) for number, row in enumerate(all_rows()) for place in row.after_right_guesses()]
    assert len(places) > 3000
    assert far_from_even(spread_out(places)) < FAR

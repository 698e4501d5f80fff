"""The nucleus is exact, draws follow it, and no row depends on the others."""

import math
from collections import Counter

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from codex_lsp.decoding.draw import uniform
from codex_lsp.decoding.sampler import Sampler, kept_tokens
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import SamplingParams

BOUNDARY = 1e-5


def tempered(logits: list[float], temperature: float) -> list[float]:
    top = max(logits)
    weights = [math.exp((logit - top) / temperature) for logit in logits]
    return [weight / sum(weights) for weight in weights]


@given(
    st.lists(st.floats(-8, 8, width=32), min_size=1, max_size=300),
    st.sampled_from([1e-6, 0.2, 1.0, 1.7]),
    st.floats(0.01, 0.999),
)
def test_the_kept_set_equals_brute_force(logits: list[float], temperature: float, top_p: float) -> None:
    order = sorted(range(len(logits)), key=lambda id_: (-logits[id_], id_))
    masses = tempered(logits, temperature)
    kept, total = list[int](), 0.0
    for id_ in order:
        assume(abs(total - top_p) > BOUNDARY)
        if total >= top_p:
            break
        kept.append(id_)
        total += masses[id_]
    # Tokens that float32 cannot tell apart at the edge may change places.
    edge = [
        id_ for id_ in order if id_ != kept[-1] and abs(masses[id_] - masses[kept[-1]]) < BOUNDARY * masses[kept[-1]]
    ]
    assume(all(logits[id_] == logits[kept[-1]] for id_ in edge))
    (nucleus,) = kept_tokens(torch.tensor([logits]), temperature=temperature, top_p=top_p)
    assert set(nucleus.ids) == set(kept)


def test_rows_of_different_width_are_kept_apart() -> None:
    flat = [0.0] * 1000
    sharp = [50.0, *[0.0] * 999]
    wide, narrow = kept_tokens(torch.tensor([flat, sharp]), temperature=1.0, top_p=0.4995)
    assert wide.ids == list(range(500))
    assert narrow.ids == [0]


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 0.9), (0.5, 1.0)])
def test_draws_follow_the_distribution(temperature: float, top_p: float) -> None:
    logits = [2.0, 1.5, 1.0, 0.0, -1.0, -6.0]
    count = 4000
    sampler = Sampler(SamplingParams(n=count, temperature=temperature, top_p=top_p, seed=11))
    choices = sampler.choose(torch.tensor([logits]), [(row, 0) for row in range(count)])
    masses = tempered(logits, temperature)
    kept = kept_tokens(torch.tensor([logits]), temperature=temperature, top_p=min(top_p, 0.9999999))[0].ids
    total = sum(masses[id_] for id_ in kept)
    drawn = Counter(choice.id for choice in choices)
    assert set(drawn) <= set(kept)
    for id_ in kept:
        expected = masses[id_] / total
        spread = math.sqrt(expected * (1 - expected) / count)
        assert abs(drawn[id_] / count - expected) < 5 * spread + 1e-9


def test_log_probabilities_are_of_the_raw_logits() -> None:
    logits = torch.randn(3, 500, generator=torch.Generator().manual_seed(1)) * 3
    choices = Sampler(SamplingParams(n=3, temperature=0.3, top_p=0.5)).choose(logits, [(0, 4), (1, 4), (2, 4)])
    raw = logits.log_softmax(-1)
    for row, choice in enumerate(choices):
        assert choice.logprob == pytest.approx(raw[row, choice.id].item(), abs=1e-5)


def test_a_row_does_not_depend_on_its_batch_mates() -> None:
    logits = torch.randn(4, 200, generator=torch.Generator().manual_seed(2))
    sampler = Sampler(SamplingParams(n=4, temperature=1.0, top_p=0.95, seed=5))
    together = sampler.choose(logits, [(row, 7) for row in range(4)])
    assert [sampler.choose(logits[row : row + 1], [(row, 7)])[0].id for row in range(4)] == [one.id for one in together]


@pytest.mark.parametrize(
    ("params", "greedy_rows"),
    [
        (SamplingParams(n=8, temperature=0.0), set(range(8))),
        (SamplingParams(n=8, temperature=50.0, top_p=1.0, greedy_first=True), {0}),
    ],
)
def test_greedy_rows_take_the_likeliest(params: SamplingParams, greedy_rows: set[int]) -> None:
    logits = torch.zeros(1, 400)
    logits[0, [123, 200]] = 1.0
    chosen = [choice.id for choice in Sampler(params).choose(logits, [(row, 0) for row in range(8)])]
    assert {row for row, id_ in enumerate(chosen) if id_ == 123} == greedy_rows


def test_logits_that_are_no_numbers_are_told() -> None:
    with pytest.raises(ModelUnavailable, match="not finite"):
        Sampler(SamplingParams()).choose(torch.full((1, 5), math.nan), [(0, 0)])


@given(st.integers(), st.integers(0, 20), st.integers(0, 5000))
def test_uniform_numbers_are_in_range_and_repeat(seed: int, row: int, position: int) -> None:
    assert 0 <= uniform(seed, row, position) < 1
    assert uniform(seed, row, position) == uniform(seed, row, position)


def test_uniform_numbers_are_spread_evenly() -> None:
    counts = Counter(int(uniform(3, row, position) * 10) for row in range(10) for position in range(1000))
    assert all(abs(counts[part] - 1000) < 150 for part in range(10))

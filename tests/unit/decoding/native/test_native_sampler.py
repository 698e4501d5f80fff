"""Choices in C are those in Python: the same log-probabilities, the same nuclei, the same draws."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.decoding.draw import uniform
from codex_lsp.decoding.native.library import Library
from codex_lsp.decoding.native.native_sampler import NativeSampler
from codex_lsp.decoding.sampler import Sampler
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import SamplingParams

VARIANTS = ["portable", "avx2", "avx512"]
EDGE = 1e-5


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest, library: Library) -> str:
    if request.param not in library.variants:
        pytest.skip(f"this processor has no {request.param}")
    return request.param


def clear(masses: list[float], top_p: float, point: float) -> bool:
    """Whether no edge of the nucleus, nor of the token in it, is so near that the last bits of a sum decide."""
    ordered = sorted(masses, reverse=True)
    kept, upto = list[float](), 0.0
    for mass in ordered:
        if upto >= top_p:
            break
        upto += mass
        kept.append(mass)
    before = upto - kept[-1]
    edges, mass = [before - top_p, upto - top_p], 0.0
    for one in kept:
        mass += one
        edges.append(mass - point * upto)
    # Of tokens that float32 cannot tell apart, either may be the last one.
    apart = [a - b for a, b in pairwise(ordered) if 0 < a - b < EDGE * a]
    return not apart and all(abs(edge) > EDGE for edge in edges[:-1])


def rows_of(draw: st.DrawFn, count: int, size: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10_000)))
    logits = torch.randn((count, size), generator=generator) * draw(st.sampled_from([0.01, 1.0, 4.0, 20.0]))
    if draw(st.booleans()):
        # Many equals, which lower ids win.
        logits = (logits * 2).round_()
    return logits


@st.composite
def cases(draw: st.DrawFn) -> tuple[torch.Tensor, SamplingParams, list[list[int] | None], list[tuple[int, int]]]:
    size = draw(st.sampled_from([1, 2, 15, 64, 300, 4097, 9000]))
    count = draw(st.integers(1, 4))
    params = SamplingParams(
        n=count,
        greedy_first=draw(st.booleans()),
        temperature=draw(st.sampled_from([0.0, 1e-6, 0.2, 0.4, 1.0, 30.0])),
        top_p=draw(st.sampled_from([0.01, 0.5, 0.95, 0.999, 1.0])),
        seed=draw(st.integers(0, 99)),
    )
    logits = rows_of(draw, draw(st.sampled_from([1, count])), size)
    some = st.lists(st.integers(0, size - 1), min_size=1, max_size=80, unique=True)
    allowed = draw(st.lists(st.none() | some, min_size=count, max_size=count))
    return logits, params, allowed, [(row, draw(st.integers(0, 40))) for row in range(count)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=cases())
def test_choices_are_those_of_the_oracle(
    case: tuple[torch.Tensor, SamplingParams, list[list[int] | None], list[tuple[int, int]]], library: Library
) -> None:
    logits, params, allowed, places = case
    expected = Sampler(params).choose(logits, places, allowed)
    for variant in {*VARIANTS} & {*library.variants}:
        found = NativeSampler(params, library, variant).choose(logits, places, allowed)
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            raw = logits.expand(len(places), -1)[number]
            assert one.logprob == pytest.approx(raw.double().log_softmax(-1)[one.id].item(), abs=2e-5, rel=1e-5)
            ids = range(len(raw)) if allowed[number] is None else sorted(allowed[number] or ())
            assert one.id in ids
            masses = (raw[list(ids)].double() / max(params.temperature, 1e-30)).softmax(0).tolist()
            if params.temperature == 0 or clear(masses, params.top_p, uniform(params.seed, *places[number])):
                assert one.id == other.id


def test_a_row_does_not_depend_on_its_batch_mates(variant: str, library: Library) -> None:
    logits = torch.randn(4, 5000, generator=torch.Generator().manual_seed(2))
    sampler = NativeSampler(SamplingParams(n=4, temperature=1.0, top_p=0.95, seed=5), library, variant)
    together = sampler.choose(logits, [(row, 7) for row in range(4)])
    assert [sampler.choose(logits[[row]], [(row, 7)])[0] for row in range(4)] == together


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_logits_that_are_no_numbers_are_told(bad: float, variant: str, library: Library) -> None:
    logits = torch.zeros(2, 300)
    logits[1, 37] = bad
    with pytest.raises(ModelUnavailable, match="not finite"):
        NativeSampler(SamplingParams(n=2), library, variant).choose(logits, [(0, 0), (1, 0)])


def test_minus_infinity_is_never_chosen(variant: str, library: Library) -> None:
    logits = torch.full((1, 300), -math.inf)
    logits[0, [7, 8]] = 0.0
    sampler = NativeSampler(SamplingParams(n=50, temperature=2.0, top_p=0.99), library, variant)
    choices = sampler.choose(logits, [(row, 0) for row in range(50)])
    assert {choice.id for choice in choices} == {7, 8}
    assert [choice.logprob for choice in choices] == pytest.approx([-math.log(2)] * 50, abs=1e-6)


def test_sizes_and_ids_that_do_not_fit_are_refused(variant: str, library: Library) -> None:
    sampler = NativeSampler(SamplingParams(n=3), library, variant)
    with pytest.raises(ValueError, match="2 rows of logits"):
        sampler.choose(torch.zeros(2, 5), [(0, 0), (1, 0), (2, 0)])
    for ids in ([5], [-1], list(range(6))):
        with pytest.raises(ValueError, match="does not have"):
            sampler.choose(torch.zeros(1, 5), [(0, 0)], [ids])

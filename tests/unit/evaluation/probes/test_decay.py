"""The factor by which a pass rate falls."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.probes.decay import Point, decay, factor


def points(rates: dict[int, float], trials: int = 1000) -> list[Point]:
    return [Point(size=size, hits=round(rate * trials), trials=trials) for size, rate in rates.items()]


def test_an_exact_fall_gives_its_factor_with_an_interval_around_it() -> None:
    many = [one for _ in range(10) for one in points({1: 0.8, 2: 0.32, 3: 0.128, 4: 0.051})]
    found = decay(many, seed=0)
    assert found is not None
    assert found.factor == pytest.approx(2.5, rel=0.01)
    assert found.interval is not None
    assert found.interval[0] <= found.factor <= found.interval[1]


def test_sizes_that_nothing_passed_pull_the_factor_up() -> None:
    without = decay(points({1: 0.2, 2: 0.1}), seed=0)
    with_zeros = decay(points({1: 0.2, 2: 0.1, 3: 0.0, 4: 0.0}), seed=0)
    assert without is not None
    assert with_zeros is not None
    assert without.factor == pytest.approx(2.0, rel=0.01)
    assert with_zeros.factor > 2.2


def test_one_size_alone_tells_no_factor() -> None:
    assert decay([], seed=0) is None
    assert decay(points({1: 0.5, 2: 0.0, 3: 0.0}), seed=0) is None


def test_all_passed_is_no_fall() -> None:
    found = decay(points({1: 1.0, 2: 1.0}), seed=0)
    assert found is not None
    assert found.factor == 1.0


@given(
    hits=st.lists(st.integers(0, 20), min_size=2, max_size=6),
)
def test_every_table_gives_a_factor_or_none(hits: list[int]) -> None:
    found = factor([Point(size=size, hits=hit, trials=20) for size, hit in enumerate(hits, start=1)])
    assert (found is None) == (sum(hit > 0 for hit in hits) < 2)
    assert found is None or (math.isfinite(found) and found > 0)

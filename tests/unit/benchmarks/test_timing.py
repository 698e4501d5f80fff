"""Statistics, and that slow and fast things are timed in turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.timing import LEAST_REPEATS, MOST_IN_A_ROW, interleave, spread_of


class Clock:
    """Time that passes only when something says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(min_value=0.001, max_value=1e6), min_size=1))
def test_a_spread_lies_within_what_was_measured(milliseconds: list[float]) -> None:
    spread = spread_of(milliseconds)
    assert min(milliseconds) <= spread.p50_ms <= max(milliseconds)
    assert spread.p95_ms in milliseconds
    above = sum(value > spread.p95_ms for value in milliseconds)
    assert above <= len(milliseconds) * 0.05
    assert spread.repeats == len(milliseconds)


def test_of_a_hundred_the_95th_percentile_is_the_95th() -> None:
    assert spread_of([float(value) for value in range(1, 101)]).p95_ms == 95.0


def test_rounds_end_with_the_budget_but_not_before_the_least() -> None:
    clock = Clock()

    def slow() -> float:
        clock.now += 10.0
        return 10.0

    assert len(interleave({"slow": slow}, repeats=100, budget_s=1.0, clock=clock)["slow"]) == LEAST_REPEATS


def test_a_fast_thing_is_called_more_often_in_each_round() -> None:
    clock = Clock()
    order: list[str] = []

    def slow() -> float:
        clock.now += 1.0
        order.append("slow")
        return 1.0

    def fast() -> float:
        clock.now += 0.25
        order.append("fast")
        return 0.25

    found = interleave({"slow": slow, "fast": fast}, repeats=100, budget_s=6.0, clock=clock)
    assert order[:7] == ["slow", "fast", "slow", "fast", "fast", "fast", "fast"]
    assert set(found["slow"]) == {1000.0}
    assert set(found["fast"]) == {250.0}


@pytest.mark.parametrize("repeats", [1, 5])
def test_nothing_is_called_more_than_asked_for(repeats: int) -> None:
    found = interleave({"one": lambda: 0.0, "other": lambda: 0.0}, repeats=repeats, budget_s=1e9, clock=Clock())
    assert [len(times) for times in found.values()] == [repeats, repeats]
    assert MOST_IN_A_ROW > 1

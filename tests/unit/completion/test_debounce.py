"""How long is waited for another key."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.debounce import Rhythm, RhythmMeter, debounce_s, patience
from codex_lsp.config import CompletionSettings
from codex_lsp.types import Trigger
from tests.unit.completion.scenes import context_of

SETTINGS = CompletionSettings()
LEAST_S, MOST_S = SETTINGS.debounce_ms / 1000, SETTINGS.max_debounce_ms / 1000
IN_WORD = context_of("x = na║(1)")
times = st.floats(allow_nan=True, allow_infinity=True)


def wait_s(marked: str, rhythm: Rhythm, settings: CompletionSettings = SETTINGS) -> float:
    return debounce_s(context_of(marked), Trigger.AUTOMATIC, rhythm, settings)


@given(
    st.sampled_from(["x = na║", "x║ y", "║", "if x:\n    ║", "f(║)", "é😋║"]),
    st.none() | st.floats(0.001, 1.0),
    st.none() | st.floats(0.0, 1e6),
)
def test_within_its_bounds(marked: str, gap_s: float | None, latency_s: float | None) -> None:
    rhythm = Rhythm(gap_s=gap_s, latency_s=latency_s)
    assert wait_s(marked, rhythm) == 0.0 or LEAST_S <= wait_s(marked, rhythm) <= MOST_S
    assert debounce_s(context_of(marked), Trigger.INVOKED, rhythm, SETTINGS) == 0.0
    fixed = CompletionSettings(adaptive_debounce=False, debounce_ms=70)
    assert wait_s(marked, rhythm, fixed) == 0.07


def test_who_types_slowly_is_waited_for_longer_and_a_slow_model_is_asked_sooner() -> None:
    waits = [wait_s("x = na║", Rhythm(gap_s=gap_s, latency_s=0.1)) for gap_s in (0.1, 0.15, 0.2)]
    assert waits == sorted(set(waits))
    waits = [wait_s("x = na║", Rhythm(gap_s=0.2, latency_s=latency_s)) for latency_s in (0.0, 0.1, 0.2)]
    assert waits == sorted(set(waits), reverse=True)
    assert wait_s("x = na║", Rhythm(gap_s=0.2, latency_s=9.0)) == LEAST_S


def test_less_patience_where_something_is_likely_wanted() -> None:
    assert patience(context_of("x = f(║)")) < patience(IN_WORD)
    assert patience(context_of("x = na║")) < patience(IN_WORD)
    assert patience(context_of("x = f(║\n")) < patience(context_of("x = na║\n"))


@pytest.mark.parametrize(
    ("marked", "is_at_once"),
    [("if x:\n    ║", True), ("if x:\n║", True), ("if (x) {\n\t║\n}", True), ("x = 1\n    ║", False), ("║", False)],
)
def test_the_first_line_of_a_block_is_asked_for_at_once(marked: str, is_at_once: bool) -> None:  # noqa: FBT001
    assert (wait_s(marked, Rhythm(gap_s=0.2)) == 0.0) is is_at_once


def test_a_rhythm_is_known_after_some_keys_and_pauses_are_no_part_of_it() -> None:
    meter = RhythmMeter()
    assert meter.rhythm == Rhythm()
    for key in range(5):
        meter.typed(key * 0.2)
    assert meter.rhythm.gap_s is None
    for later in (5.0, 5.2, 5.4, 9.0, 9.2):
        meter.typed(later)
    gap_s = meter.rhythm.gap_s
    assert gap_s is not None
    assert math.isclose(gap_s, 0.2)
    for latency_s in (30.0, 0.1, 0.1):
        meter.answered(latency_s)
    assert meter.rhythm.latency_s == 0.1


def test_a_rhythm_changes_with_the_person() -> None:
    meter = RhythmMeter()
    for key in range(100):
        meter.typed(min(key, 50) * 0.3 + max(key - 50, 0) * 0.1)
    gap_s = meter.rhythm.gap_s
    assert gap_s is not None
    assert math.isclose(gap_s, 0.1)


@given(st.lists(times), st.lists(times))
def test_clocks_may_jump(keys: list[float], latencies: list[float]) -> None:
    meter = RhythmMeter()
    for now_s in keys:
        meter.typed(now_s)
    for latency_s in latencies:
        meter.answered(latency_s)
    assert LEAST_S <= wait_s("x = na║", meter.rhythm) <= MOST_S
    for key in range(40):
        meter.typed(86_400.0 + key / 8)
    assert meter.rhythm.gap_s == 1 / 8

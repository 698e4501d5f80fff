from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import TrainingError
from codex_lsp.training.presets import PRESETS, faithful
from codex_lsp.training.settings import Budget, learning_rate_factor


@given(st.integers(0, 10_000), st.floats(0, 1000))
def test_progress_is_the_limit_that_is_nearer(tokens: int, elapsed_s: float) -> None:
    progress = Budget(max_tokens=5000, max_seconds=500.0).progress(tokens, elapsed_s)
    assert progress == min(1.0, max(tokens / 5000, elapsed_s / 500.0))
    assert Budget(max_tokens=5000).progress(tokens, elapsed_s) == min(1.0, tokens / 5000)


def test_the_fast_rate_rises_stays_and_falls_to_nothing() -> None:
    settings = PRESETS["embedded"]
    factors = [learning_rate_factor(settings, step / 1000, step) for step in range(1001)]
    top = settings.warmup_steps - 1
    assert factors[: top + 1] == sorted(factors[: top + 1])
    falls_at = round(1000 * (1 - settings.decay_share))
    assert set(factors[top:falls_at]) == {1.0}
    assert factors[falls_at:] == sorted(factors[falls_at:], reverse=True)
    assert factors[-1] == 0.01


def test_the_faithful_rate_rises_for_175_steps_and_falls_along_a_cosine() -> None:
    settings = faithful(PRESETS["embedded"])
    factors = [learning_rate_factor(settings, step / 10_000, step) for step in range(10_001)]
    assert factors[0] == pytest.approx(1 / 175)
    assert max(factors) == pytest.approx(1.0, abs=1e-3)
    assert factors[174:] == sorted(factors[174:], reverse=True)
    assert factors[5000] == pytest.approx(0.55)
    assert factors[-1] == pytest.approx(0.1)


def test_rows_must_divide_the_batch_and_fit_the_positions() -> None:
    with pytest.raises(TrainingError, match="divide"):
        replace(PRESETS["tiny"], row_length=100)
    with pytest.raises(TrainingError, match="fit"):
        replace(PRESETS["tiny"], row_length=512, batch_tokens=512)

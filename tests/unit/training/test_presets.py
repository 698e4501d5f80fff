from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.cli.train import codex as command
from codex_lsp.errors import TrainingError
from codex_lsp.training.presets import PRESETS, Budget, learning_rate_factor


@given(st.integers(0, 10_000), st.floats(0, 1000))
def test_progress_is_the_limit_that_is_nearer(tokens: int, elapsed_s: float) -> None:
    progress = Budget(max_tokens=5000, max_seconds=500.0).progress(tokens, elapsed_s)
    assert progress == min(1.0, max(tokens / 5000, elapsed_s / 500.0))
    assert Budget(max_tokens=5000).progress(tokens, elapsed_s) == min(1.0, tokens / 5000)


def test_the_rate_rises_stays_and_falls() -> None:
    settings = PRESETS["embedded"]
    factors = [learning_rate_factor(settings, step / 1000) for step in range(1001)]
    top = factors.index(1.0)
    assert factors[: top + 1] == sorted(factors[: top + 1])
    falling = factors[round(1000 * (1 - settings.decay_share)) :]
    assert falling == sorted(falling, reverse=True)
    assert factors[-1] == 0.01


def test_rows_must_divide_the_batch_and_fit_the_positions() -> None:
    with pytest.raises(TrainingError, match="divide"):
        replace(PRESETS["tiny"], row_length=100)
    with pytest.raises(TrainingError, match="fit"):
        replace(PRESETS["tiny"], row_length=512, batch_tokens=512)


def test_the_command_offers_every_preset() -> None:
    assert set(command.PRESET_NAMES) == set(PRESETS)

"""How long a model takes in virtual time: a + b times the prompt tokens it has not read yet + c times its steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codex_lsp.evaluation.percentiles import percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Milliseconds.

    Attributes:
        base_ms: a, of every generation until its first token.
        prompt_token_ms: b, of each prompt token that was not read before.
        step_ms: c, of each further step of all rows.
    """

    base_ms: float
    prompt_token_ms: float
    step_ms: float

    def first_s(self, new_tokens: int) -> float:
        """Seconds to the first token."""
        return (self.base_ms + self.prompt_token_ms * new_tokens) / 1000

    def slower(self, added_ms: float) -> "Pace":
        """The same with so much more before every first token."""
        return Pace(base_ms=self.base_ms + added_ms, prompt_token_ms=self.prompt_token_ms, step_ms=self.step_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One generation, measured: prompt tokens that were new, milliseconds to its first delta and of a further step."""

    new_tokens: int
    first_ms: float
    step_ms: float | None


def fitted(timings: Sequence[Timing]) -> Pace | None:
    """The pace that measurements show, by medians.

    None where they cannot tell: no generation, or never a second step.
    """
    steps = [timing.step_ms for timing in timings if timing.step_ms is not None]
    if not steps:
        return None
    by_new = sorted(timings, key=lambda timing: timing.new_tokens)
    base_ms = _median(timing.first_ms for timing in by_new[: max(len(by_new) // 2, 1)])
    # Prompts with much that is new are few: where a file is opened, or the window moves.
    far = [timing for timing in by_new if timing.new_tokens * 2 >= by_new[-1].new_tokens]
    prompt_token_ms = _median((timing.first_ms - base_ms) / timing.new_tokens for timing in far)
    return Pace(base_ms=base_ms, prompt_token_ms=max(prompt_token_ms, 0.0), step_ms=_median(steps))


def _median(values: Iterable[float]) -> float:
    return percentile(tuple(values), 50) or 0.0

"""A sample with its verdict: what grading writes, and every study reads."""

from dataclasses import dataclass

from codex_lsp.execution.verdict import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedSample:
    """One completion of one task, graded.

    Attributes:
        task_id: Of the task.
        index: Which of the task's samples, from 0.
        completion: The text after the prompt, cut at the stop.
        outcome: How it ended.
        detail: One line more.
        tokens: How many tokens count; None where the backend told none.
        mean_logprob: Mean log-probability of the tokens, in nats at temperature 1; None where unknown.
        temperature: It was sampled at; None where the file does not say.
        wall_s: Seconds the candidate ran.
    """

    task_id: str
    index: int
    completion: str
    outcome: Outcome
    detail: str = ""
    tokens: int | None = None
    mean_logprob: float | None = None
    temperature: float | None = None
    wall_s: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether it solves its task."""
        return self.outcome is Outcome.PASSED

    @property
    def sum_logprob(self) -> float | None:
        """Log-probability of the whole text; None where unknown."""
        if self.mean_logprob is None or self.tokens is None:
            return None
        return self.mean_logprob * self.tokens

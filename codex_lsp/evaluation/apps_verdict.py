"""How a solution of a contest problem is judged: every test, public ones first, and what passes too slowly apart."""

import re
from collections.abc import Sequence
from dataclasses import replace

from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.execution.checks import Check
from codex_lsp.execution.grader import Grader
from codex_lsp.execution.verdict import Outcome, Verdict

PATIENCE = 3.0
"""Times the limit that a test may take before it is known not to pass at all."""
_SLOW = "passes, but too slowly: "
_HIDDEN = re.compile(r"hidden test \d+: ")


def judged(checks: Sequence[Check], public: int, grader: Grader) -> Verdict:
    """The first failure, naming its test; else, where a test passed after its limit, a time-out that says so.

    Args:
        checks: One for each test.
        public: How many of them, the first ones, are public.
        grader: Runs them.

    Raises:
        SandboxUnavailable: Nothing here runs them safely.
    """
    wall_s = 0.0
    slow = ""
    for number, check in enumerate(checks, start=1):
        name = f"public test {number}" if number <= public else f"hidden test {number - public}"
        verdict = grader.grade(check)
        if verdict.outcome is Outcome.TIMED_OUT:
            verdict = grader.grade(_patient(check))
            if verdict.passed:
                slow = slow or f"{_SLOW}{name} took {verdict.wall_s:.1f} s, more than {check.limits.wall_s:g} s"
        wall_s += verdict.wall_s
        if not verdict.passed:
            return Verdict(outcome=verdict.outcome, detail=f"{name}: {verdict.detail}", wall_s=wall_s)
    return Verdict(outcome=Outcome.TIMED_OUT if slow else Outcome.PASSED, detail=slow, wall_s=wall_s)


def is_slow_pass(sample: GradedSample) -> bool:
    """Whether a sample solves its task in more time than it has: what the paper shows in brackets."""
    return sample.outcome is Outcome.TIMED_OUT and sample.detail.startswith(_SLOW)


def passes_public(sample: GradedSample) -> bool:
    """Whether a sample passes the public tests of its task, and would be kept by a filter that runs them."""
    return sample.passed or is_slow_pass(sample) or _HIDDEN.match(sample.detail) is not None


def _patient(check: Check) -> Check:
    wall_s = check.limits.wall_s * PATIENCE
    return replace(check, limits=replace(check.limits, wall_s=wall_s, cpu_s=max(check.limits.cpu_s, wall_s)))

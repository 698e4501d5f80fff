"""Runs candidates as they are sampled: the model goes on while those that have come are run, until one is enough.

The first that passes ends it. The rows that are written beside it, in one batch, are waited for and run still, for a
moment: the likeliest of those that pass is a better one than whichever was the shortest.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass

from codex_lsp.assist.candidates import BATCH
from codex_lsp.assist.workbench import Workbench
from codex_lsp.completion.ranking import rank
from codex_lsp.execution.verdict import Verdict
from codex_lsp.types import Candidate

Judge = Callable[[Candidate], Awaitable[Verdict]]
AT_ONCE = 2
"""Candidates that are run at a time: the model wants a core too."""
GRACE_S = 1.0
"""For the rows of a batch, when its first one has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A candidate that was run, and what that came to."""

    candidate: Candidate
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When trying ends.

    Attributes:
        first_pass: With the first candidate that passes.
        timeout_s: After so long, whatever has come by then.
        tell: Takes how many candidates were written, and the trials so far; after each of either.
    """

    first_pass: bool
    timeout_s: float
    tell: Callable[[int, list[Trial]], None]


async def tried(candidates: AsyncGenerator[Candidate, None], judge: Judge, rules: Rules) -> list[Trial]:
    """The candidates that were run, in the order in which they ended.

    The iteration of `candidates` is ended here, in any case: sampling and all running of candidates are over when this
    returns, or is cancelled.

    Raises:
        ModelError: The model failed.
        SandboxUnavailable: A sandbox could not be started.
    """
    trying = _Trying(judge, rules)
    sampling = asyncio.ensure_future(trying.sample(candidates))
    running = [asyncio.ensure_future(trying.run()) for _ in range(AT_ONCE)]
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(rules.timeout_s):
                for ended in asyncio.as_completed([sampling, *running]):
                    if await ended:
                        break
                else:
                    return trying.trials
                async with asyncio.timeout(GRACE_S):
                    # In place of the one that ended with the pass, which nothing that comes now takes back.
                    running.append(asyncio.ensure_future(trying.run()))
                    await asyncio.gather(sampling, *running, return_exceptions=True)
    finally:
        await _ended(sampling, *running)
    return trying.trials


async def _ended(*tasks: asyncio.Future[bool]) -> None:
    """End tasks, and wait until they have."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Trying:
    """Sampling on one side of a queue, running on the other; each tells whether enough was found."""

    def __init__(self, judge: Judge, rules: Rules) -> None:
        self.trials: list[Trial] = []
        self._judge = judge
        self._rules = rules
        self._waiting: asyncio.Queue[Candidate | None] = asyncio.Queue()
        self._passed: int | None = None
        self._written = 0

    async def sample(self, candidates: AsyncGenerator[Candidate, None]) -> bool:
        async with aclosing(candidates):
            async for candidate in candidates:
                if self._passed is not None and candidate.index // BATCH != self._passed // BATCH:
                    break
                self._waiting.put_nowait(candidate)
                # Told before one was run: the first may run for as long as it is let.
                self._written = max(self._written, candidate.index + 1)
                self._rules.tell(self._written, list(self.trials))
        for _ in range(AT_ONCE):
            self._waiting.put_nowait(None)
        return False

    async def run(self) -> bool:
        """Until there is no more, or the first passes, which alone is told."""
        while (candidate := await self._waiting.get()) is not None:
            trial = Trial(candidate=candidate, verdict=await self._judge(candidate))
            self.trials.append(trial)
            self._rules.tell(self._written, list(self.trials))
            if trial.verdict.passed and self._rules.first_pass and self._passed is None:
                self._passed = candidate.index
                return True
        return False


def tell_counts(bench: Workbench, *, judged: bool = True) -> Callable[[int, list[Trial]], None]:
    """Tells a workbench how many candidates of the budget there were, and how many pass where they were `judged`."""
    budget = bench.settings.assist.budget

    def tell(written: int, trials: list[Trial]) -> None:
        passing = sum(trial.verdict.passed for trial in trials)
        newest = min(written, budget)
        counted = f", {passing} {'passes' if passing == 1 else 'pass'}" if judged and trials else ""
        bench.tell(f"{newest} of {budget} candidates{counted}", 100 * newest // budget)

    return tell


def ranked(trials: list[Trial]) -> list[Trial]:
    """Passing before failing, by mean log-probability within each; in order of sampling where that is not known."""
    by_index = {trial.candidate.index: trial for trial in trials}
    passing = [trial.candidate for trial in trials if trial.verdict.passed]
    failing = [trial.candidate for trial in trials if not trial.verdict.passed]
    return [by_index[candidate.index] for candidate in (*rank(passing), *rank(failing))]

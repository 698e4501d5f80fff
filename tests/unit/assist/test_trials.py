"""Trying candidates: while the model goes on, until one passes, in time, or not at all."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest

from codex_lsp.assist import trials as trials_module
from codex_lsp.assist.candidates import BATCH
from codex_lsp.assist.trials import Rules, Trial, ranked, tried
from codex_lsp.errors import ModelUnavailable
from codex_lsp.execution.verdict import Outcome, Verdict
from codex_lsp.types import Candidate, FinishReason, Token


def candidate(index: int, logprob: float | None = -1.0) -> Candidate:
    return Candidate(
        index=index,
        text="x",
        tokens=(Token(id=1, logprob=logprob, end=1),),
        finish_reason=FinishReason.STOP,
        kept=1,
        insert=f"body {index}",
    )


class Source:
    """Gives candidates, and tells whether its iteration was ended."""

    def __init__(self, count: int | None, failure: Exception | None = None) -> None:
        self.count, self.failure, self.ended = count, failure, False

    async def candidates(self) -> AsyncGenerator[Candidate, None]:
        index = 0
        try:
            while self.count is None or index < self.count:
                yield candidate(index)
                index += 1
                await asyncio.sleep(0)
            if self.failure is not None:
                raise self.failure
        finally:
            self.ended = True


def rules(told: list[int], *, first_pass: bool = True, timeout_s: float = 60) -> Rules:
    return Rules(first_pass=first_pass, timeout_s=timeout_s, tell=lambda _, trials: told.append(len(trials)))


def verdict(*, passed: bool) -> Verdict:
    return Verdict(outcome=Outcome.PASSED if passed else Outcome.FAILED)


async def test_the_first_that_passes_ends_a_model_that_would_go_on_for_ever() -> None:
    source, told = Source(None), list[int]()

    async def judge(each: Candidate) -> Verdict:
        await asyncio.sleep(0)
        return verdict(passed=each.index == 7)

    trials = await tried(source.candidates(), judge, rules(told))
    assert [trial.candidate.index for trial in trials if trial.verdict.passed] == [7]
    assert source.ended
    # As each is written, and as each was run.
    assert told == sorted(told)
    assert set(told) == set(range(len(trials) + 1))


async def test_the_rows_beside_the_first_that_passes_are_waited_for_and_ranked() -> None:
    """One passes while another is run and five wait; the model goes on with their batch, and not with the next one."""
    passed = asyncio.Event()
    source = Source(None)

    async def rows() -> AsyncGenerator[Candidate, None]:
        async with aclosing(source.candidates()) as candidates:
            async for each in candidates:
                if each.index == 7:
                    await passed.wait()
                yield replace(each, tokens=(Token(id=1, logprob=-0.1 if each.index == 12 else -2.0, end=1),))

    async def judge(each: Candidate) -> Verdict:
        if each.index == 0:
            passed.set()
        return verdict(passed=each.index in (0, 4, 12))

    trials = await tried(rows(), judge, rules([]))
    assert sorted(trial.candidate.index for trial in trials) == list(range(BATCH))
    assert [trial.candidate.index for trial in ranked(trials)][:3] == [12, 0, 4]
    assert source.ended


async def test_what_is_run_for_long_is_not_waited_for_once_one_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials_module, "GRACE_S", 0.01)
    ended: list[int] = []

    async def judge(each: Candidate) -> Verdict:
        if each.index == 0:
            return verdict(passed=True)
        try:
            return await asyncio.Event().wait() and verdict(passed=False)
        finally:
            ended.append(each.index)

    trials = await tried(Source(3).candidates(), judge, rules([]))
    assert [trial.candidate.index for trial in trials] == [0]
    assert 1 in ended


async def test_all_are_run_where_the_first_pass_is_not_enough() -> None:
    source = Source(9)

    async def judge(each: Candidate) -> Verdict:
        return verdict(passed=each.index % 2 == 0)

    trials = await tried(source.candidates(), judge, rules([], first_pass=False))
    assert sorted(trial.candidate.index for trial in trials) == list(range(9))


async def test_candidates_are_run_while_the_model_samples() -> None:
    """The model waits for a verdict here before it gives the second candidate: else this would never end."""
    judged = asyncio.Event()

    async def waiting() -> AsyncGenerator[Candidate, None]:
        yield candidate(0)
        await judged.wait()
        yield candidate(1)

    async def judge(_: Candidate) -> Verdict:
        judged.set()
        return verdict(passed=False)

    assert len(await tried(waiting(), judge, rules([]))) == 2


async def test_what_has_come_in_time_is_kept_and_what_runs_is_cancelled() -> None:
    source, cancelled = Source(2), asyncio.Event()

    async def judge(each: Candidate) -> Verdict:
        if each.index == 0:
            return verdict(passed=False)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    trials = await tried(source.candidates(), judge, rules([], timeout_s=0.05))
    assert [trial.candidate.index for trial in trials] == [0]
    assert cancelled.is_set()


async def test_a_cancel_ends_sampling_and_running() -> None:
    source, running = Source(None), asyncio.Event()

    async def judge(_: Candidate) -> Verdict:
        running.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.ensure_future(tried(source.candidates(), judge, rules([])))
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.ended


async def test_a_model_that_fails_is_told() -> None:
    async def judge(_: Candidate) -> Verdict:
        return verdict(passed=False)

    with pytest.raises(ModelUnavailable, match="gone"):
        await tried(Source(2, ModelUnavailable("gone")).candidates(), judge, rules([]))


def test_passing_before_failing_and_the_likeliest_first_within_each() -> None:
    trials = [
        Trial(candidate=candidate(0, -0.1), verdict=verdict(passed=False)),
        Trial(candidate=candidate(1, -3.0), verdict=verdict(passed=True)),
        Trial(candidate=candidate(2, -2.0), verdict=verdict(passed=True)),
        Trial(candidate=candidate(3, -0.05), verdict=verdict(passed=False)),
    ]
    assert [trial.candidate.index for trial in ranked(trials)] == [2, 1, 3, 0]


def test_without_log_probabilities_the_order_of_sampling_stands() -> None:
    trials = [Trial(candidate=candidate(at, None), verdict=verdict(passed=at == 2)) for at in (1, 0, 2)]
    assert [trial.candidate.index for trial in ranked(trials)] == [2, 0, 1]

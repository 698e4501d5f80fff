"""One run of a model at one cursor, and everybody who waits for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from codex_lsp.completion.adapters import Sample
from codex_lsp.completion.alarm import Alarm, SetAlarm
from codex_lsp.completion.answer import Answer
from codex_lsp.completion.job import Job
from codex_lsp.completion.row import Row
from codex_lsp.completion.settled import place_at
from codex_lsp.completion.target import Target
from codex_lsp.completion.typed import Typed, readings_of
from codex_lsp.completion.waiters import Waiter, Waiters, Want
from codex_lsp.config import CompletionSettings
from codex_lsp.context.cursor import nearby
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import Delta, FinishReason

logger = logging.getLogger(__name__)

LINGER_S = 0.3
"""How long a generation runs on when nobody waits for it: long enough for the next keystroke to want it."""


class Superseded(Exception):
    """A newer request, or a change of the document, has made this one pointless."""


class Generation:
    """Samples in a task of its own; requests wait on it and may come and go.

    It has an answer when every row has ended, or a little after the first useful one has. It ends with its last row,
    at its timeout, when it is stopped, or `LINGER_S` after the last waiter has left it without an answer. Once it has
    answered, its slower rows go on for whoever asks next.

    A prefetch is a generation for a place where the document may come to be; it is its own waiter.
    """

    def __init__(
        self,
        target: Target,
        *,
        prepare: Callable[[], Awaitable[Job]],
        sample: Sample,
        settings: CompletionSettings,
        set_alarm: SetAlarm,
    ) -> None:
        """Start one for `target`: what `prepare` gives is asked of `sample`. Needs a running event loop.

        How long it waits and what it filters, `settings` say.
        """
        self.anchor = target.anchor
        self.job: Job | None = None
        self.answered = False
        self.failed = False
        self.whole = False
        """Whether every row has ended by itself."""
        self.latency_s: float | None = None
        """From asking the model to the first answer."""
        self._stopped = False
        self._target = target
        self._prepare = prepare
        self._sample = sample
        self._settings = settings
        self._set_alarm = set_alarm
        self._asked_at_s = 0.0
        self._rows: list[Row] = []
        self._waiters = Waiters()
        self._late: Alarm | None = None
        self._linger: Alarm | None = None
        self._timed_out = False
        self.task = asyncio.get_running_loop().create_task(self._run())

    @property
    def runs(self) -> bool:
        """Whether more may come."""
        return not self._stopped and not self.task.done()

    @property
    def is_prefetch(self) -> bool:
        """Whether it was started before anybody asked."""
        return self._target.ahead_of is not None

    @property
    def is_asked_for(self) -> bool:
        """Whether a request waits for it."""
        return len(self._waiters) > 0

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody waits for it, if only itself."""
        return self.is_prefetch or self.is_asked_for

    @property
    def answer(self) -> Answer | None:
        """What it has given so far; None before the model was asked."""
        if self.job is None:
            return None
        useful = [row.useful for row in self._rows if row.useful is not None]
        return Answer.of(self.anchor, self.job, useful, is_whole=self.whole)

    def add_waiter(self, waiter: Waiter, want: Want) -> None:
        """Let `waiter` know when there is what it wants, nothing more to come, or a failure; only while it runs."""
        self._call_off_linger()
        self._waiters.add(waiter, want)

    def remove_waiter(self, waiter: Waiter) -> None:
        """One waiter less; with the last, the generation's own end comes near, unless it has answered."""
        self._waiters.remove(waiter)
        if not self.is_waited_for and self.runs and not self.answered and self._linger is None:
            self._linger = self._set_alarm(LINGER_S, self.stop)

    def may_bring(self, typed: Typed) -> bool:
        """Whether a row that has not ended may still go on from what was typed at the place."""
        return self.runs and (
            not self._rows or any(not row.ended and row.agrees_with(typed.text) for row in self._rows)
        )

    def is_on_its_way(self, text: str) -> bool:
        """Whether a document's new text leads to something that may still come, by typing alone."""
        inserted = self.anchor.typed_in(text)
        if inserted is not None:
            return any(self.may_bring(typed) for typed in readings_of(inserted))
        return self._target.is_yet_to_come(text)

    def stop(self) -> None:
        """End it now; whoever still waits is superseded."""
        self._stopped = True
        self.failed = not self.answered
        self.task.cancel()
        # A task that is cancelled before its first step never runs, so nobody else would tell them.
        self._waiters.tell(error=Superseded())

    async def _run(self) -> None:
        error: Exception | None = None
        try:
            await self._sample_all()
        except asyncio.CancelledError:
            if not self._timed_out:
                raise
            error = self._given_up()
        except Exception as failure:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            if self.answered or self.is_prefetch:
                logger.warning("a generation that nobody waits for failed: %s", failure)
            error = failure
        finally:
            self._end_alarms()
        if error is None:
            self._has_answer()
        self.failed = not self.answered
        # Who has waited for the last row takes what there is of an answer.
        self._waiters.tell(error=error if self.failed else None)

    async def _sample_all(self) -> None:
        self.job = await self._prepare()
        place = place_at(nearby(self._target.context), self._settings)
        self._rows = [Row(index, place) for index in range(self.job.params.n)]
        timeout = self._set_alarm(self._settings.timeout_ms / 1000, self._time_out)
        self._asked_at_s = _now_s()
        try:
            async with aclosing(self._sample(self.job.prompt, self.job.params)) as deltas:
                async for delta in deltas:
                    self._take(delta)
                    if self.whole:
                        break
        finally:
            timeout.cancel()
        for row in self._rows:
            # A stream that ends without saying so may have been cut anywhere.
            row.end(FinishReason.LENGTH)
        self.whole = True

    def _take(self, delta: Delta) -> None:
        if not 0 <= delta.index < len(self._rows):
            logger.warning("the model answered with row %d of %d; ignored", delta.index, len(self._rows))
            return
        row = self._rows[delta.index]
        row.take(delta)
        if not row.ended:
            return
        if row.useful is not None and self._late is None:
            self._late = self._set_alarm(self._settings.late_row_ms / 1000, self._answer_early)
        if all(other.ended for other in self._rows):
            # At once: whoever comes while the stream is being closed must find an answer.
            self.whole = True
            self._has_answer()
            self._waiters.tell()
        else:
            self._waiters.tell(self._is_content)

    def _is_content(self, want: Want) -> bool:
        """Whether it has what is wanted, or can no more have it."""
        if want.whole:
            return False
        answer = self.answer
        if self.answered and answer is not None and answer.going_on(want.typed):
            return True
        return not self.may_bring(want.typed)

    def _answer_early(self) -> None:
        """Give the answer so far to those who do not wait for the last row."""
        self._has_answer()
        self._waiters.tell(self._is_content)

    def _has_answer(self) -> None:
        if not self.answered:
            self.answered = True
            self.latency_s = _now_s() - self._asked_at_s

    def _time_out(self) -> None:
        self._timed_out = True
        self.task.cancel()

    def _given_up(self) -> ModelUnavailable | None:
        """What a timeout leaves: whole lines of unfinished rows, or an error where there are none."""
        for row in self._rows:
            row.end(FinishReason.CANCELLED)
        if self.answered or any(row.useful is not None for row in self._rows):
            return None
        model = self.job.model if self.job is not None else "the model"
        return ModelUnavailable(
            f"{model}: no completion within {self._settings.timeout_ms / 1000:g} s; try a smaller model or raise "
            "`completion.timeout_ms`"
        )

    def _call_off_linger(self) -> None:
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None

    def _end_alarms(self) -> None:
        self._call_off_linger()
        if self._late is not None:
            self._late.cancel()


def _now_s() -> float:
    return asyncio.get_running_loop().time()

"""One run of a model at one cursor, and everybody who waits for it."""

import asyncio
import dataclasses
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from codex_lsp.completion.alarm import Alarm, SetAlarm
from codex_lsp.completion.filters.duplicates import distinct
from codex_lsp.completion.ranking import rank
from codex_lsp.completion.row import Row
from codex_lsp.completion.settled import place_at
from codex_lsp.context.cursor import nearby
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import Candidate, CursorContext, Delta, FinishReason, Prompt, SamplingParams

logger = logging.getLogger(__name__)

LINGER_S = 0.3
"""How long a generation runs on when nobody waits for it: long enough for the next keystroke to want it."""


class Superseded(Exception):
    """A newer request, or a change of the document, has made this one pointless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked of the model, with everything that is needed to ask it again."""

    prompt: Prompt
    params: SamplingParams
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait: for slower rows once one is useful, and for a generation altogether."""

    late_row_s: float
    timeout_s: float


Sample = Callable[[Prompt, SamplingParams], AsyncGenerator[Delta, None]]


class Generation:
    """Samples in a task of its own; requests wait on it and may come and go.

    It has an answer when every row has ended, or a little after the first useful one has. It ends with its last row,
    at its timeout, when it is stopped, or `LINGER_S` after the last waiter has left it without an answer. Once it has
    answered, its slower rows go on for whoever asks next.
    """

    def __init__(
        self,
        context: CursorContext,
        *,
        prepare: Callable[[], Awaitable[Job]],
        sample: Sample,
        patience: Patience,
        set_alarm: SetAlarm,
    ) -> None:
        """Start one for `context`: what `prepare` gives is asked of `sample`. Needs a running event loop."""
        self.context = context
        self.job: Job | None = None
        self.answered = False
        self.failed = False
        self.whole = False
        """Whether every row has ended by itself."""
        self._stopped = False
        self._prepare = prepare
        self._sample = sample
        self._patience = patience
        self._set_alarm = set_alarm
        self._rows: list[Row] = []
        self._waiters: dict[asyncio.Future[None], bool] = {}
        self._late: Alarm | None = None
        self._linger: Alarm | None = None
        self._timed_out = False
        self.task = asyncio.get_running_loop().create_task(self._run())

    @property
    def runs(self) -> bool:
        """Whether more may come."""
        return not self._stopped and not self.task.done()

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody still waits; who has been superseded does not."""
        return any(not waiter.done() for waiter in self._waiters)

    def add_waiter(self, waiter: "asyncio.Future[None]", *, whole: bool) -> None:
        """Let `waiter` know of the answer (if `whole`, of the last row's end) or of the failure; only while it runs."""
        self._call_off_linger()
        self._waiters[waiter] = whole

    def remove_waiter(self, waiter: "asyncio.Future[None]") -> None:
        """One waiter less; with the last, the generation's own end comes near, unless it has answered."""
        self._waiters.pop(waiter, None)
        if not self._waiters and self.runs and not self.answered and self._linger is None:
            self._linger = self._set_alarm(LINGER_S, self.stop)

    def typed_since(self, prefix: str, suffix: str) -> str | None:
        """What was typed at the cursor since the generation was asked for; None where the text has left its way."""
        own = self.context
        if suffix != own.suffix or not prefix.startswith(own.prefix):
            return None
        typed = prefix[len(own.prefix) :]
        agrees = not self._rows or any(row.agrees_with(typed) for row in self._rows)
        return typed if agrees else None

    def is_on_its_way(self, text: str) -> bool:
        """Whether a document's new text is the old one with something typed that a row may still go on from."""
        own = self.context
        end = len(text) - len(own.suffix)
        return (
            end >= len(own.prefix)
            and text.endswith(own.suffix)
            and self.typed_since(text[:end], own.suffix) is not None
        )

    def candidates_after(self, typed: str) -> list[Candidate]:
        """The useful candidates so far that go on from `typed`, best first, distinct; they insert what is left."""
        useful = [row.useful for row in self._rows if row.useful is not None]
        return [
            dataclasses.replace(candidate, insert=candidate.insert[len(typed) :])
            for candidate in distinct(rank(useful))
            if candidate.insert.startswith(typed) and candidate.insert[len(typed) :].strip()
        ]

    def stop(self) -> None:
        """End it now; whoever still waits is superseded."""
        self._stopped = True
        self.failed = not self.answered
        self.task.cancel()
        # A task that is cancelled before its first step never runs, so nobody else would tell them.
        self._tell(Superseded())

    async def _run(self) -> None:
        error: Exception | None = None
        try:
            await self._sample_all()
        except asyncio.CancelledError:
            if not self._timed_out:
                raise
            error = self._given_up()
        except Exception as failure:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            if self.answered:
                logger.warning("a generation failed after its answer: %s", failure)
            error = failure
        finally:
            self._end_alarms()
        self.failed = error is not None and not self.answered
        # Who has waited for the last row takes what there is of an answer.
        self._tell(error if self.failed else None)

    async def _sample_all(self) -> None:
        self.job = await self._prepare()
        place = place_at(nearby(self.context))
        self._rows = [Row(index, place) for index in range(self.job.params.n)]
        timeout = self._set_alarm(self._patience.timeout_s, self._time_out)
        try:
            async with aclosing(self._sample(self.job.prompt, self.job.params)) as deltas:
                async for delta in deltas:
                    self._take(delta)
                    if all(row.ended for row in self._rows):
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
        if row.useful is not None and self._late is None:
            self._late = self._set_alarm(self._patience.late_row_s, self._answer_early)

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
            f"{model}: no completion within {self._patience.timeout_s:g} s; try a smaller model or raise "
            "`completion.timeout_ms`"
        )

    def _answer_early(self) -> None:
        """Give the answer so far to those who do not wait for the last row."""
        self.answered = True
        early = [waiter for waiter, whole in self._waiters.items() if not whole]
        for waiter in early:
            self._waiters.pop(waiter)
            if not waiter.done():
                waiter.set_result(None)

    def _tell(self, error: Exception | None = None) -> None:
        """Give everybody who waits the answer or the failure, once."""
        self.answered = self.answered or error is None
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

    def _call_off_linger(self) -> None:
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None

    def _end_alarms(self) -> None:
        self._call_off_linger()
        if self._late is not None:
            self._late.cancel()

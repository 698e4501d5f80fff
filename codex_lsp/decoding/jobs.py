"""Work that waits for the one thread of a model, and whose step is next.

A job is a generation: it is done step by step (a step is a forward pass, or a piece of a prompt), and between any two
steps the thread may turn to another job. So nobody waits for the whole of somebody else's answer, and a job that
nobody wants any more costs no further step.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from codex_lsp.types import Priority

logger = logging.getLogger(__name__)

MOST_BEGUN = 8
"""Each job that is begun holds memory for its prompt; while there are so many, one more client may begin one."""
MOST_CLIENTS = 32
"""So many jobs are begun at most for clients of one tenant, who are free to invent more of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """A piece of work.

    Attributes:
        run: Does it, a step for each item, in the model's thread; it polls the function it is given before each step
            and ends without another one when that says true.
        abandon: Called where it will never end by itself: it was not begun, or its thread is gone.
        priority: Whether somebody waits.
        document: What it is about; of several jobs of one document the newest is stepped.
        tenant: For whom; tenants take turns, in each of them clients, and in each of these documents.
        client: Which of the tenant's processes asks.
        cancelled: Set when nobody wants it any more.
    """

    run: Callable[[Callable[[], bool]], Iterator[None]]
    abandon: Callable[[], None]
    priority: Priority = Priority.TYPING
    document: str | None = None
    tenant: str | None = None
    client: str | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def asker(self) -> Hashable:
        """Its tenant's client."""
        return (self.tenant, self.client)

    @property
    def topic(self) -> Hashable:
        """Its client's document; without one it is a topic of its own."""
        return (self.asker, self if self.document is None else self.document)

    @property
    def turns(self) -> tuple[Hashable, ...]:
        """Whose turn it takes, from the outermost on."""
        return ((self.tenant,), self.asker, self.topic)


class Jobs:
    """Jobs that wait or are begun. Threads may share it; one of them works."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        # In order of arrival above, of being begun here; only the working thread looks at it.
        self._begun: dict[Job, Iterator[None]] = {}
        self._turns = Turns()

    def put(self, job: Job) -> None:
        """Add a job."""
        with self._lock:
            self._jobs.append(job)

    def work(self) -> None:
        """Do the steps of all jobs, those that are put meanwhile too, until there is none left."""
        while self.step():
            pass

    def step(self) -> bool:
        """Do the next step of the next job; whether there was one."""
        with self._lock:
            # What was never begun and is not wanted has nothing to end.
            self._jobs = [job for job in self._jobs if job in self._begun or not job.cancelled.is_set()]
            job = self._turns.next_job(self._jobs, self._begun)
        if job is None:
            return False
        if job not in self._begun:
            self._begun[job] = job.run(job.cancelled.is_set)
        goes_on = False
        try:
            goes_on = next(self._begun[job], self) is None
        except Exception:  # the thread belongs to all jobs: one that is broken must not end the others
            logger.exception("a job failed in a way nobody foresaw")
        if not goes_on:
            self._leave(job)
        return True

    def end(self) -> None:
        """Cancel what is begun and abandon what waits."""
        with self._lock:
            waiting = [job for job in self._jobs if job not in self._begun]
            for job in self._jobs:
                job.cancelled.set()
        for job in waiting:
            job.abandon()

    def _leave(self, job: Job) -> None:
        del self._begun[job]
        with self._lock:
            self._jobs.remove(job)


class Turns:
    """Who had the thread last, so that nobody has it twice before another who waits."""

    def __init__(self) -> None:
        """Nobody had it yet."""
        self._clock = 0
        self._last: dict[Hashable, int] = {}

    def next_job(self, jobs: Sequence[Job], begun: "dict[Job, Iterator[None]]") -> Job | None:
        """The job whose step is next, which counts as a turn of its tenant, of its client and of its topic.

        Args:
            jobs: All, in order of arrival.
            begun: Those of them that are begun, in the order in which they were.
        """
        # Who has no work any more has no turn to wait for either.
        known = {who for job in jobs for who in job.turns}
        self._last = {who: turn for who, turn in self._last.items() if who in known}
        wanted = contenders(jobs, begun)
        if not wanted:
            return None
        job = min(wanted, key=lambda job: [self._last.get(who, 0) for who in job.turns])
        self._clock += 1
        self._last |= dict.fromkeys(job.turns, self._clock)
        return job


def contenders(jobs: Sequence[Job], begun: "dict[Job, Iterator[None]]") -> list[Job]:
    """The jobs of which one may be next, in order of arrival.

    A cancelled one that is begun is alone: it has only its memory to give back. Of the typing work of a document the
    newest contends. Background work is done when nobody waits, one job to its end before the next.

    Args:
        jobs: All, in order of arrival.
        begun: Those of them that are begun, in the order in which they were.
    """
    cancelled = [job for job in begun if job.cancelled.is_set()]
    if cancelled:
        return cancelled[:1]
    full = len(begun) >= MOST_BEGUN
    served = {job.asker for job in begun}
    tenants = Counter(job.tenant for job in begun)
    # A client of whom none is begun waits for no other's answer to end.
    possible = [
        job
        for job in jobs
        if job in begun or not full or (job.asker not in served and tenants[job.tenant] < MOST_CLIENTS)
    ]
    # A later job of the same topic takes the place of an earlier one.
    typing = list({job.topic: job for job in possible if job.priority is Priority.TYPING}.values())
    background = sorted(
        (job for job in possible if job.priority is not Priority.TYPING), key=lambda job: job not in begun
    )
    return typing or background[:1]

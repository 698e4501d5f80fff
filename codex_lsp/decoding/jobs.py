"""Work that waits for the one thread of a model, and which of it is next."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from codex_lsp.types import Priority


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """A piece of work.

    Attributes:
        run: Does it, in the model's thread; it polls the function it is given and ends soon after that says true.
        abandon: Called instead of `run` where it will never run.
        priority: Whether somebody waits.
        document: What it is about; newer typing work of one document goes before older.
        cancelled: Set when nobody wants it any more.
    """

    run: Callable[[Callable[[], bool]], None]
    abandon: Callable[[], None]
    priority: Priority = Priority.TYPING
    document: str | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)


class Jobs:
    """Jobs that wait. Threads may share it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._waiting: list[Job] = []
        self._running: Job | None = None

    def put(self, job: Job) -> None:
        """Add a job."""
        with self._lock:
            self._waiting.append(job)

    def run_next(self) -> None:
        """Run the next job, if one waits that is still wanted."""
        with self._lock:
            wanted = [job for job in self._waiting if not job.cancelled.is_set()]
            job = next_job(wanted)
            self._waiting = [other for other in wanted if other is not job]
            self._running = job
        if job is None:
            return
        try:
            job.run(job.cancelled.is_set)
        finally:
            with self._lock:
                self._running = None

    def end(self) -> None:
        """Cancel what runs and abandon what waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            if self._running is not None:
                self._running.cancelled.set()
        for job in waiting:
            job.abandon()


def next_job(waiting: list[Job]) -> Job | None:
    """The next of some jobs, which are in order of arrival.

    Documents being typed in take turns by their oldest job, of which the newest is run; background work runs when
    nobody waits.
    """
    typing = [job for job in waiting if job.priority is Priority.TYPING]
    if not typing:
        return waiting[0] if waiting else None
    first = typing[0]
    same = [job for job in typing if job.document is not None and job.document == first.document]
    return same[-1] if same else first

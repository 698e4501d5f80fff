"""Who is next for the model's thread."""

from collections.abc import Callable

import pytest

from codex_lsp.decoding.jobs import Job, Jobs, next_job
from codex_lsp.types import Priority

Cancelled = Callable[[], bool]


class Desk:
    """Jobs that write their name down when they run."""

    def __init__(self) -> None:
        self.jobs = Jobs()
        self.log: list[str] = []

    def job(self, name: str, document: str | None = None, priority: Priority = Priority.TYPING) -> Job:
        def run(cancelled: Cancelled) -> None:
            self.log.append(name + ("!" if cancelled() else ""))

        return Job(run=run, abandon=lambda: self.log.append(f"-{name}"), document=document, priority=priority)

    def put(self, name: str, document: str | None = None, priority: Priority = Priority.TYPING) -> Job:
        job = self.job(name, document, priority)
        self.jobs.put(job)
        return job

    def run_all(self) -> list[str]:
        for _ in range(9):
            self.jobs.run_next()
        return self.log


def test_newer_typing_of_a_document_goes_before_older() -> None:
    desk = Desk()
    for name, document in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("c1", None), ("c2", None)]:
        desk.put(name, document)
    assert desk.run_all() == ["a2", "a1", "b1", "c1", "c2"]


def test_background_work_runs_when_nobody_waits() -> None:
    desk = Desk()
    desk.put("later", "a", Priority.BACKGROUND)
    desk.put("now", "a")
    assert desk.run_all() == ["now", "later"]


def test_cancelled_work_never_runs() -> None:
    desk = Desk()
    desk.put("gone").cancelled.set()
    desk.put("wanted")
    assert desk.run_all() == ["wanted"]


def test_the_end_cancels_what_runs_and_abandons_what_waits() -> None:
    desk = Desk()

    def run(cancelled: Cancelled) -> None:
        desk.jobs.end()
        desk.log.append(f"running, cancelled {cancelled()}")

    desk.jobs.put(Job(run=run, abandon=lambda: None))
    desk.put("waiting")
    assert desk.run_all() == ["-waiting", "running, cancelled True"]


def test_work_that_raises_leaves_the_desk_in_order() -> None:
    desk = Desk()

    def run(_: Cancelled) -> None:
        raise KeyError

    desk.jobs.put(Job(run=run, abandon=lambda: None))
    desk.put("next")
    with pytest.raises(KeyError):
        desk.jobs.run_next()
    assert desk.run_all() == ["next"]


def test_nothing_is_next_of_nothing() -> None:
    assert next_job([]) is None

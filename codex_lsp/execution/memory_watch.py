"""The memory of all processes of a job together: the kernel's limit holds each one alone, this one holds their sum."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class _Watched:
    first: int
    limit_bytes: int
    ended: Callable[[], bool]
    exceeded: Callable[[], None]


class MemoryWatch:
    """One thread that looks at every running job fifty times a second, and sleeps while there is none."""

    def __init__(self) -> None:
        """Nothing is watched yet; the thread starts with the first job."""
        self._watched: list[_Watched] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, first: int, limit_bytes: int, *, ended: Callable[[], bool], exceeded: Callable[[], None]) -> None:
        """Watch a job from now on.

        Args:
            first: Pid of its first process, the ancestor of all others.
            limit_bytes: What all of them may hold together.
            ended: Whether it is over; asked before each look, so that a pid used again is never looked at for long.
            exceeded: Called once where they hold more.
        """
        with self._changed:
            self._watched.append(_Watched(first, limit_bytes, ended, exceeded))
            if self._thread is None or not self._thread.is_alive():  # a forked process has none
                self._thread = threading.Thread(target=self._run, name="sandbox memory", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._watched = [job for job in self._watched if not job.ended()]
                while not self._watched:
                    self._changed.wait()
                watched = list(self._watched)
            for job in watched:
                if not job.ended() and _exceeds(job.first, job.limit_bytes):
                    job.exceeded()
            threading.Event().wait(_LOOK_EVERY_S)


def _exceeds(first: int, limit_bytes: int) -> bool:
    """Counted cheaply first, which counts shared pages again for each process; where that exceeds, page by page."""
    pids = list(_descendants(first))
    if len(pids) < 2:  # noqa: PLR2004 - one alone cannot hold more than its address space
        return False
    if sum(_held(pid, "status", ("RssAnon:", "RssShmem:")) for pid in pids) <= limit_bytes:
        return False
    return sum(_held(pid, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")) for pid in pids) > limit_bytes


def _descendants(pid: int) -> Iterator[int]:
    """Children of every thread of a process, and theirs; orphans are the first process's children."""
    for thread in _listed(Path(f"/proc/{pid}/task")):
        for child in _read(thread / "children").split():
            yield int(child)
            yield from _descendants(int(child))


def _held(pid: int, name: str, fields: tuple[str, ...]) -> int:
    """Bytes in those fields of a process's file; 0 where it is gone."""
    lines = _read(Path(f"/proc/{pid}/{name}")).splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(fields))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""

"""Work of several threads, whose results are handed over one by one in the thread that wants them."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2
"""Pieces begun for each worker: one runs and one waits."""


def in_turn(items: Iterable[T], work: Callable[[T], R], workers: int) -> Iterator[tuple[T, R]]:
    """Each item with what became of it, as they come; few are begun ahead, so that an interruption is quick.

    Raises:
        Exception: Whatever `work` raises, for the first item for which it does.
    """
    waiting = iter(items)
    threads = ThreadPoolExecutor(workers)
    try:
        running: dict[Future[R], T] = {}
        while True:
            for item in islice(waiting, _AHEAD * workers - len(running)):
                running[threads.submit(work, item)] = item
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
    finally:
        threads.shutdown(wait=True, cancel_futures=True)

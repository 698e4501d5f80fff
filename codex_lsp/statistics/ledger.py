"""Figures on their way to the disk: added up in memory at once, written by a thread a little later.

Whatever becomes of the file, who counts hears nothing of it: it is logged once, and nothing is written until the next
start.
"""

import logging
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.errors import StatisticsError
from codex_lsp.statistics.counts import Group

if TYPE_CHECKING:
    from codex_lsp.statistics.database import Database

logger = logging.getLogger(__name__)

WRITE_AFTER_S = 5.0
"""Figures of so long are written together."""
BUSY_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 3.0
MAX_PENDING = 4096
"""Different figures that wait at a time; more are dropped."""


class Ledger:
    """Takes figures in one thread, an event loop's, and writes them in another."""

    def __init__(
        self,
        path: Path,
        *,
        keep_days: int,
        today: Callable[[], date] = date.today,
        write_after_s: float = WRITE_AFTER_S,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> None:
        """Write nothing yet, not even the file.

        Args:
            path: Of the database.
            keep_days: Figures of days further back are dropped. May be set again.
            today: The local day.
            write_after_s: How long figures wait for others.
            busy_timeout_s: How long to wait for other writers.
        """
        self.keep_days = keep_days
        self._path = path
        self._today = today
        self._write_after_s = write_after_s
        self._busy_timeout_s = busy_timeout_s
        self._pending: dict[tuple[Group, str], int] = {}
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._is_off = False
        self._salt: bytes | None = None
        self._thread: threading.Thread | None = None

    def add(self, group: Group, measure: str, amount: int) -> None:
        """Add to a figure; returns at once."""
        key = (group, measure)
        with self._changed:
            if (
                self._is_off
                or self._closing.is_set()
                or (len(self._pending) >= MAX_PENDING and key not in self._pending)
            ):
                return
            self._pending[key] = self._pending.get(key, 0) + amount
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="codex-lsp statistics", daemon=True)
                self._thread.start()

    def drop(self) -> None:
        """Forget what has not been written yet."""
        with self._changed:
            self._pending.clear()

    def close(self) -> None:
        """Write what there is and take no more; waits a few seconds at most."""
        self._closing.set()
        with self._changed:
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(CLOSE_TIMEOUT_S)

    def _run(self) -> None:
        try:
            # Some Pythons are built without SQLite.
            from codex_lsp.statistics import database  # noqa: PLC0415 - the one place that can do without

            timeout_s = self._busy_timeout_s
            with database.opened(self._path, busy_timeout_s=timeout_s) as opened:
                self._salt = opened.salt
            while batch := self._next_batch():
                with database.opened(self._path, busy_timeout_s=timeout_s) as opened:
                    self._write(opened, batch)
        except StatisticsError as error:
            self._give_up(str(error))
        except ImportError as error:
            self._give_up(f"this Python has no SQLite ({error}); install one that has")
        except Exception as error:
            # A thread that ends without a word would leave figures to grow for ever.
            logger.debug("statistics cannot be written", exc_info=True)
            self._give_up(f"{type(error).__name__}: {error}")

    def _next_batch(self) -> dict[tuple[Group, str], int]:
        """What to write next, after some waiting; nothing at the end."""
        batch: dict[tuple[Group, str], int] = {}
        while not batch and (self._pending or not self._closing.is_set()):
            with self._changed:
                self._changed.wait_for(lambda: self._pending or self._closing.is_set())
            self._closing.wait(self._write_after_s)
            with self._changed:
                batch, self._pending = self._pending, {}
        return batch

    def _write(self, opened: "Database", batch: dict[tuple[Group, str], int]) -> None:
        salt, self._salt = self._salt, opened.salt
        if salt != self._salt:
            # Everything was forgotten meanwhile, and these figures are of before.
            return
        opened.add(batch, today=self._today(), keep_days=self.keep_days)

    def _give_up(self, reason: str) -> None:
        with self._changed:
            self._is_off = True
            self._pending.clear()
        logger.warning("statistics are off until the next start: %s", reason)

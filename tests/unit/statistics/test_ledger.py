"""Figures are added at once and written a little later; whatever fails, nobody who counts hears of it."""

import logging
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from codex_lsp.statistics import database
from codex_lsp.statistics.counts import Group
from codex_lsp.statistics.ledger import MAX_PENDING, Ledger

GROUP = Group(day="2026-11-21", language="python", model="embedded", tier="typed")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "statistics.sqlite3"


def ledger(path: Path, *, write_after_s: float = 60.0, keep_days: int = 365) -> Ledger:
    today = date(2026, 11, 21)
    return Ledger(path, keep_days=keep_days, today=lambda: today, write_after_s=write_after_s, busy_timeout_s=0.05)


def values(path: Path) -> dict[str, int]:
    with database.opened(path, create=False) as opened:
        return {row.measure: row.value for row in opened.rows()}


def test_what_is_counted_is_written_at_the_end_and_nothing_after_it(path: Path) -> None:
    taken = ledger(path)
    for _ in range(3):
        taken.add(GROUP, "shown", 1)
    taken.add(GROUP, "accepted", 1)
    taken.close()
    taken.add(GROUP, "shown", 1)
    taken.close()
    assert values(path) == {"shown": 3, "accepted": 1}


def test_without_figures_there_is_no_file_and_no_thread(path: Path) -> None:
    before = threading.active_count()
    taken = ledger(path)
    assert threading.active_count() == before
    taken.close()
    assert not path.exists()


def wait_until_written(path: Path, expected: dict[str, int]) -> None:
    """Another thread writes, and tells nobody."""
    while not path.exists() or values(path) != expected:
        threading.Event().wait(0.01)


def test_figures_are_written_without_an_end(path: Path) -> None:
    taken = ledger(path, write_after_s=0.0)
    taken.add(GROUP, "shown", 1)
    wait_until_written(path, {"shown": 1})
    taken.drop()
    taken.add(GROUP, "shown", 2)
    taken.close()
    assert values(path) == {"shown": 3}


def test_no_more_figures_wait_than_there_is_room_for(path: Path) -> None:
    taken = ledger(path)
    for number in range(MAX_PENDING + 10):
        taken.add(GROUP, f"figure {number}", 1)
    taken.add(GROUP, "figure 0", 1)
    taken.close()
    found = values(path)
    assert len(found) == MAX_PENDING
    assert found["figure 0"] == 2


def test_what_waits_while_everything_is_forgotten_is_not_written(path: Path) -> None:
    taken = ledger(path, write_after_s=0.0)
    taken.add(GROUP, "shown", 1)
    wait_until_written(path, {"shown": 1})
    assert database.forget(path)
    taken.add(GROUP, "shown", 10)
    wait_until_written(path, {})
    taken.close()
    assert values(path) == {}


@pytest.mark.parametrize("content", [b"no database" * 500, None])
def test_a_file_that_cannot_be_used_is_logged_once(
    path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        taken = ledger(path, write_after_s=0.0)
        for _ in range(100):
            taken.add(GROUP, "shown", 1)
        taken.close()
    assert [record.message.split(": ")[0] for record in caplog.records] == ["statistics are off until the next start"]


def test_a_file_that_another_program_holds_is_logged_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with database.opened(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as other, caplog.at_level(logging.WARNING):
        other.execute("BEGIN IMMEDIATE")
        taken = ledger(path, write_after_s=0.0)
        taken.add(GROUP, "shown", 1)
        taken.close()
        taken.add(GROUP, "shown", 1)
    assert [record.message for record in caplog.records if "locked by another program" in record.message]
    assert len(caplog.records) == 1
    assert values(path) == {}


def test_a_figure_that_breaks_the_writer_is_logged_and_the_thread_ends_in_order(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        taken = ledger(path, write_after_s=0.0)
        taken.add(GROUP, "shown", 2**70)
        taken.close()
    assert "OverflowError" in caplog.text
    assert len(caplog.records) == 1


def test_a_disk_that_takes_nothing_is_logged_once(path: Path) -> None:
    code = f"""
import logging, pathlib, resource
from codex_lsp.statistics.counts import Group
from codex_lsp.statistics.ledger import Ledger
logging.basicConfig()
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
ledger = Ledger(pathlib.Path({str(path)!r}), keep_days=1, write_after_s=0.0)
for number in range(100):
    ledger.add(Group(day="", language="", model="", tier=""), str(number), 1)
ledger.close()
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr.count("statistics are off until the next start") == 1
    assert "Traceback" not in run.stderr
    assert list(path.parent.iterdir()) == []

"""The file of figures: made once, shared, migrated, bounded, forgotten."""

import multiprocessing
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from codex_lsp.errors import StatisticsError
from codex_lsp.statistics import database
from codex_lsp.statistics.counts import Group

TODAY = date(2026, 11, 21)


def group(day: str = "2026-11-21", model: str = "embedded", language: str = "python") -> Group:
    return Group(day=day, language=language, model=model, tier="generated")


def add(path: Path, counts: dict[tuple[Group, str], int], *, today: date = TODAY, keep_days: int = 365) -> None:
    with database.opened(path) as opened:
        opened.add(counts, today=today, keep_days=keep_days)


def values(path: Path, since: str = "") -> dict[tuple[str, str], int]:
    with database.opened(path, create=False) as opened:
        return {(row.group.day, row.measure): row.value for row in opened.rows(since=since)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "codex-lsp" / "statistics.sqlite3"


def test_figures_add_up_in_a_file_that_only_its_owner_reads(path: Path) -> None:
    for _ in range(2):
        add(path, {(group(), "shown"): 2, (group(), "accepted"): 1})
    add(path, {(group(), "accepted"): -1})
    assert values(path) == {("2026-11-21", "shown"): 4, ("2026-11-21", "accepted"): 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    with database.opened(path) as opened:
        opened.add({(group(), "shown"): 1}, today=TODAY, keep_days=1)
        side = path.with_name(path.name + "-wal")
        assert stat.S_IMODE(side.stat().st_mode) == stat.S_IMODE(path.stat().st_mode) == 0o600


def _add_many(path: Path) -> None:
    for _ in range(20):
        add(path, {(group(), "shown"): 1})


def test_processes_that_make_the_file_and_write_at_once_lose_nothing(path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        list(pool.map(_add_many, [path] * 4))
    assert values(path) == {("2026-11-21", "shown"): 80}
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_old_days_are_dropped_and_a_clock_that_jumps_back_harms_nothing(path: Path) -> None:
    add(path, {(group("2026-11-11"), "shown"): 1, (group("2026-11-10"), "shown"): 1}, keep_days=10)
    assert values(path) == {("2026-11-11", "shown"): 1}
    add(path, {(group("1970-01-01"), "shown"): 7}, today=date(1970, 1, 1), keep_days=10)
    assert values(path) == {("2026-11-11", "shown"): 1, ("1970-01-01", "shown"): 7}
    assert values(path, since="2026-11-11") == {("2026-11-11", "shown"): 1}
    add(path, {(group(), "shown"): 1}, today=date(1, 1, 2), keep_days=3650)


def test_the_file_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MAX_ROWS", 3)
    for day in ("2026-11-19", "2026-11-20", "2026-11-21"):
        add(path, {(group(day), "shown"): 1, (group(day), "accepted"): 1})
    assert {day for day, _ in values(path)} == {"2026-11-21"}


def test_names_of_adapters_are_hashed_with_the_salt_of_the_installation(path: Path, tmp_path: Path) -> None:
    names: set[str] = set()
    for place in (path, path, tmp_path / "other.sqlite3"):
        add(place, {(group(model="embedded@my-employer"), "shown"): 1})
        with database.opened(place) as opened:
            (row,) = opened.rows()
        names.add(row.group.model)
        assert b"my-employer" not in place.read_bytes()
    assert len(names) == 2


def test_a_newer_schema_is_left_alone(path: Path) -> None:
    add(path, {(group(), "shown"): 1})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    before = path.read_bytes()
    with pytest.raises(StatisticsError, match=r"newer codex-lsp .schema 7, this one knows 1.; update"):
        add(path, {(group(), "shown"): 1})
    assert path.read_bytes() == before


def test_an_older_schema_is_brought_up_to_date_with_its_figures(path: Path) -> None:
    add(path, {(group(), "shown"): 1})
    newer = (*database.MIGRATIONS, "ALTER TABLE counts ADD COLUMN editor TEXT NOT NULL DEFAULT ''")
    for _ in range(2):
        with database.opened(path, migrations=newer) as opened:
            assert [row.value for row in opened.rows()] == [1]
    with pytest.raises(StatisticsError, match="schema 2"):
        values(path)


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
    add(path, {(group(), "shown"): 1})
    assert values(path) == {("2026-11-21", "shown"): 1}


def test_a_transaction_that_fails_leaves_nothing(path: Path) -> None:
    most = 2**63 - 1
    add(path, {(group(), "shown"): 1, (group(), "accepted"): most})
    with pytest.raises(StatisticsError), database.opened(path) as opened:
        opened.add({(group(), "shown"): 1, (group(), "accepted"): 1}, today=TODAY, keep_days=1)
    assert values(path) == {("2026-11-21", "shown"): 1, ("2026-11-21", "accepted"): most}


def test_without_a_file_there_is_nothing_to_read_or_to_forget(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        values(path)
    assert not database.forget(path)
    assert not path.parent.exists()


def test_forgetting_takes_the_figures_and_the_salt_off_the_disk(path: Path) -> None:
    add(path, {(group(language="brainfuck"), "shown"): 1})
    with database.opened(path) as opened:
        salt = opened.salt
    assert salt in path.read_bytes()
    assert database.forget(path)
    assert values(path) == {}
    everything = b"".join(entry.read_bytes() for entry in path.parent.iterdir())
    assert salt not in everything
    assert b"brainfuck" not in everything


def damaged(path: Path) -> None:
    add(path, {(group(day=f"2026-01-{day:02d}", model=f"m{day}"), "shown"): 1 for day in range(1, 29)})
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


def of_another_program(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE counts (a)")
        connection.execute("PRAGMA user_version = 1")


def without_its_salt(path: Path) -> None:
    add(path, {(group(), "shown"): 1})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM installation")


@pytest.mark.parametrize("spoil", [damaged, of_another_program, without_its_salt])
def test_a_damaged_file_is_said_with_its_mend_and_the_mend_works(path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(path)
    with pytest.raises(StatisticsError, match=r"damaged .*; start anew: codex-lsp stats --forget"):
        add(path, {(group(), "shown"): 1})
    assert database.forget(path)
    add(path, {(group(), "shown"): 5})
    assert values(path) == {("2026-11-21", "shown"): 5}


def test_a_file_that_is_locked_is_neither_written_nor_forgotten(path: Path) -> None:
    add(path, {(group(), "shown"): 1})
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(StatisticsError, match="locked by another program"),
            database.opened(path, busy_timeout_s=0.01) as opened,
        ):
            opened.add({(group(), "shown"): 1}, today=TODAY, keep_days=1)
        # A reader is not held up.
        assert values(path) == {("2026-11-21", "shown"): 1}
        with pytest.raises(StatisticsError, match="locked by another program"):
            database.forget(path, busy_timeout_s=0.01)
    assert values(path) == {("2026-11-21", "shown"): 1}


def test_a_folder_in_its_place_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StatisticsError, match="no ordinary file"):
        add(path, {(group(), "shown"): 1})
    with pytest.raises(StatisticsError, match="cannot be removed"):
        database.forget(path)

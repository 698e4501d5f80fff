"""The file that figures are kept in: SQLite, in WAL mode, readable by its owner alone.

A connection is open only while something is read or written, so that no process holds a file which another has removed.
"""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path

from codex_lsp.errors import StatisticsError
from codex_lsp.statistics.counts import Group, Row
from codex_lsp.statistics.ledger import BUSY_TIMEOUT_S
from codex_lsp.statistics.names import as_kept, salted_hash

MAX_ROWS = 250_000
"""Above it the oldest day goes; some 20 MB."""
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
MIGRATIONS: Sequence[str] = (
    """
    CREATE TABLE counts (
        day TEXT NOT NULL, language TEXT NOT NULL, model TEXT NOT NULL, tier TEXT NOT NULL, measure TEXT NOT NULL,
        value INTEGER NOT NULL CHECK (typeof(value) = 'integer'),
        PRIMARY KEY (day, language, model, tier, measure)
    ) WITHOUT ROWID;
    CREATE TABLE installation (salt BLOB NOT NULL);
    INSERT INTO installation VALUES (randomblob(32));
    """,
)
"""What makes schema `n + 1` of schema `n`; the file says in `user_version` which it has."""
_SIDE_FILES = ("-wal", "-shm", "-journal")

Counts = Mapping[tuple[Group, str], int]
"""What to add: by group and measure."""


class Database:
    """One open file of figures."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use a connection on the present schema."""
        self._connection = connection

    @property
    def salt(self) -> bytes:
        """Of this installation; another after everything was forgotten."""
        row = self._connection.execute("SELECT salt FROM installation").fetchone()
        if row is None:
            raise sqlite3.DatabaseError("it has lost its salt")
        return row[0]

    def add(self, counts: Counts, *, today: date, keep_days: int) -> None:
        """Add figures and drop what is too old or too much, all or nothing."""
        salt = self.salt

        def salted(name: str) -> str:
            return salted_hash(salt, name)

        kept = [(as_kept(group, salted), measure, value) for (group, measure), value in counts.items()]
        rows = [(group.day, group.language, group.model, group.tier, str(name), value) for group, name, value in kept]
        with _transaction(self._connection):
            self._connection.executemany(
                "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                rows,
            )
            oldest = date.fromordinal(max(today.toordinal() - keep_days, 1))
            self._connection.execute("DELETE FROM counts WHERE day < ?", (oldest.isoformat(),))
            while self._row_count() > MAX_ROWS:
                self._connection.execute("DELETE FROM counts WHERE day = (SELECT min(day) FROM counts)")

    def rows(self, *, since: str = "") -> list[Row]:
        """Every figure of `since` and later days, in order."""
        found = self._connection.execute(
            "SELECT day, language, model, tier, measure, value FROM counts WHERE day >= ?"
            " ORDER BY day, language, model, tier, measure",
            (since,),
        )
        return [
            Row(group=Group(day=day, language=language, model=model, tier=tier), measure=measure, value=value)
            for day, language, model, tier, measure, value in found
        ]

    def clear(self) -> None:
        """Remove every figure and the salt, from the disk too."""
        self._connection.execute("PRAGMA secure_delete = ON")
        with _transaction(self._connection):
            self._connection.execute("DELETE FROM counts")
            self._connection.execute("DELETE FROM installation")
            self._connection.execute("INSERT INTO installation VALUES (randomblob(32))")
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _row_count(self) -> int:
        (count,) = self._connection.execute("SELECT count(*) FROM counts").fetchone()
        return count


@contextmanager
def opened(
    path: Path, *, create: bool = True, busy_timeout_s: float = BUSY_TIMEOUT_S, migrations: Sequence[str] = MIGRATIONS
) -> Generator[Database]:
    """The database in a file, which is made where there is none (if `create`).

    Raises:
        FileNotFoundError: There is none, and it is not to be made.
        StatisticsError: It cannot be read or written, or is of a newer version.
    """
    try:
        if create and not path.exists():
            _make(path, migrations)
        _require_private_file(path)
        address = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=busy_timeout_s, isolation_level=None)
        with closing(connection):
            _migrate(connection, path, migrations)
            yield Database(connection)
    except sqlite3.Error as error:
        raise StatisticsError(f"{path}: {_reason(error)}") from error
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not create:
            raise
        raise StatisticsError(
            f"{path}: cannot be used ({error.strerror}); make the folder and the file yours"
        ) from error


def forget(path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> bool:
    """Remove every figure; a file that is damaged or of a newer version goes as a whole.

    Returns:
        Whether there was anything to remove.

    Raises:
        StatisticsError: Another program holds it, or it may not be removed.
    """
    try:
        with opened(path, create=False, busy_timeout_s=busy_timeout_s) as database:
            database.clear()
    except FileNotFoundError:
        return False
    except StatisticsError as error:
        if _is_busy(error.__cause__):
            raise
        # Damaged, or of a newer version.
        _remove(path)
    return True


def _remove(path: Path) -> None:
    try:
        for name in (path, *(path.with_name(path.name + suffix) for suffix in _SIDE_FILES)):
            name.unlink(missing_ok=True)
    except OSError as error:
        raise StatisticsError(f"{path}: cannot be removed ({error.strerror}); remove it yourself") from error


def _make(path: Path, migrations: Sequence[str]) -> None:
    """Make the file under another name first: nobody ever sees half of it, and the first of several makers wins."""
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    os.close(descriptor)
    fresh = Path(name)
    try:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            _migrate(connection, fresh, migrations)
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        _remove(fresh)


def _require_private_file(path: Path) -> None:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise StatisticsError(f"{path}: no ordinary file; remove it")
    if stat.S_IMODE(mode) & 0o077:
        path.chmod(PRIVATE)


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    version = _version(connection)
    if version > len(migrations):
        raise StatisticsError(
            f"{path}: written by a newer codex-lsp (schema {version}, this one knows {len(migrations)}); "
            "update codex-lsp, or start anew: codex-lsp stats --forget"
        )
    if version == len(migrations):
        return
    with _transaction(connection):
        # Asked again: another process may have been first.
        for script in migrations[_version(connection) :]:
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return version


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _reason(error: sqlite3.Error) -> str:
    if _is_busy(error):
        return "locked by another program; close that one and try again"
    code = _primary_code(error)
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full; free some space"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return f"cannot be used ({error}); make the folder and the file yours to write"
    return f"damaged ({error}); start anew: codex-lsp stats --forget"


def _is_busy(error: BaseException | None) -> bool:
    return _primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _primary_code(error: BaseException | None) -> int:
    # The low byte; the others tell the kind more closely (sqlite.org/rescode.html).
    return getattr(error, "sqlite_errorcode", 0) & 0xFF

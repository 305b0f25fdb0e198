"""The SQLite file: one connection per thread, WAL, migrations at open."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database as SqliteUtils

from blobhls.errors import BlobhlsError, ConfigError, IndexBusy, IndexOffline, StoreFull

Migration = Callable[[SqliteUtils], None]

_BUSY_TIMEOUT: Final = 10  # seconds that a thread waits for another writer

# Result codes of SQLite (https://www.sqlite.org/rescode.html), as far as callers tell them apart.
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_OFFLINE: Final = {
    sqlite3.SQLITE_READONLY: "the index can't be written",
    sqlite3.SQLITE_IOERR: "the disk of the index fails",
    sqlite3.SQLITE_CANTOPEN: "the index can't be opened",
    sqlite3.SQLITE_CORRUPT: "the index is damaged",
    sqlite3.SQLITE_NOTADB: "the index is damaged",
}


class Database:
    """A SQLite file that any thread may use.

    Each thread gets a connection of its own; WAL lets readers go on while one thread writes.
    `synchronous=NORMAL`: a killed process loses nothing, a power cut may lose the last commits,
    which leaves files without rows (`fsck` finds them), never rows without files.

    Reading and writing raise `IndexBusy` while another process holds the file, `StoreFull` where
    the disk has no room, and `IndexOffline` where the file can't be used.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration]) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        try:
            _migrate(self.connection, migrations)
        except (sqlite3.DatabaseError, OSError, ConfigError) as error:
            self.close()
            raise ConfigError(f"can't use database {path}: {error}") from error

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's connection; statements outside `transaction` commit at once."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        with self._guard:
            self._connections.append(connection)  # closed, too, if what follows fails
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def serve_event_loop(self) -> None:
        """Keep the calling thread, which runs the event loop, from ever waiting for a writer.

        Its connection is read-only from now on, and `IndexBusy` at once while the file is locked.
        """
        self.connection.execute("PRAGMA busy_timeout = 0")
        self.connection.execute("PRAGMA query_only = ON")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction; one writer at a time. Keep it short: other writers wait for it."""
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        # SQLite lets waiting writers try again from time to time: behind a scan, which writes one
        # batch after the other, the server's own writes came through after 7 s. This lock hands
        # over at once.
        if not self._writing.acquire(timeout=_BUSY_TIMEOUT):
            raise IndexBusy("the server is writing something else to the index")
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            # A full disk ends a transaction by itself. A COMMIT that fails may leave it open, and
            # later statements would never be committed.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise mapped(error) from error
            raise
        finally:
            self._writing.release()

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        with _mapping_errors():
            row: tuple[Any, ...] | None = self.connection.execute(sql, parameters).fetchone()
        return row

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return every row."""
        with _mapping_errors():
            return self.connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Execute one statement and return how many rows it changed."""
        with _mapping_errors():
            return self.connection.execute(sql, parameters).rowcount

    def close(self) -> None:
        """Close every thread's connection; the object can't be used afterwards."""
        with self._guard:
            for connection in self._connections:
                connection.close()
            self._connections.clear()


def mapped(error: sqlite3.Error) -> BlobhlsError | sqlite3.Error:
    """Return the error of this package for one of SQLite; itself, where it is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what extended codes add
    if code in _BUSY:
        return IndexBusy("another program is writing to the index")
    if code == sqlite3.SQLITE_FULL:
        return StoreFull("no room left for the index")
    reason = _OFFLINE.get(code)
    return error if reason is None else IndexOffline(reason)


@contextmanager
def _mapping_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise mapped(error) from error


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Run the migrations that this file lacks, each in a transaction of its own."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(migrations):
        raise ConfigError("it was made by a newer blobhls")
    for number, migrate in enumerate(migrations[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            migrate(SqliteUtils(connection))
            connection.execute(f"PRAGMA user_version = {number:d}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

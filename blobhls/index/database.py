"""The SQLite file: one connection per thread, WAL, migrations at open."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database as SqliteUtils

from blobhls.errors import ConfigError

Migration = Callable[[SqliteUtils], None]


class Database:
    """A SQLite file that any thread may use.

    Each thread gets a connection of its own; WAL lets readers go on while one thread writes.
    `synchronous=NORMAL`: a killed process loses nothing, a power cut may lose the last commits,
    which leaves files without rows (`fsck` finds them), never rows without files.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration]) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
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
            self._path, timeout=10, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        with self._guard:
            self._connections.append(connection)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and one writer at a time. Keep it short: the server waits behind it."""
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # A full disk ends a transaction by itself; a COMMIT that fails may leave it open,
            # and whatever came next would never be committed.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        row: tuple[Any, ...] | None = self.connection.execute(sql, parameters).fetchone()
        return row

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return every row."""
        return self.connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Execute one statement and return how many rows it changed."""
        return self.connection.execute(sql, parameters).rowcount

    def close(self) -> None:
        """Close every thread's connection; the object is of no use afterwards."""
        with self._guard:
            for connection in self._connections:
                connection.close()
            self._connections.clear()


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Run the migrations that this file has not seen, each in a transaction of its own."""
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

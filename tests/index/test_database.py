"""The SQLite file: migrations, threads, transactions, and files that can't be used."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database as SqliteUtils

from blobhls.errors import ConfigError
from blobhls.index import database
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS


def one(db: SqliteUtils) -> None:
    db.execute("CREATE TABLE one (x)")


def two(db: SqliteUtils) -> None:
    db.execute("CREATE TABLE two (x)")
    db.execute("INSERT INTO one VALUES (2)")


def broken(db: SqliteUtils) -> None:
    db.execute("CREATE TABLE half (x)")
    db.execute("INSERT INTO nowhere VALUES (1)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}
    finally:
        connection.close()


def test_a_new_file_gets_every_table_and_is_opened_again_as_it_is(path: Path) -> None:
    for _ in range(2):
        db = Database(path, MIGRATIONS)
        assert db.one("PRAGMA user_version") == (len(MIGRATIONS),)
        assert db.one("PRAGMA journal_mode") == ("wal",)
        db.close()
    assert {"blobs", "recipes", "bindings", "proofs", "sources", "plans", "roots"} <= tables(path)


def test_an_older_file_gets_only_the_migrations_it_has_not_seen(path: Path) -> None:
    Database(path, (one,)).close()
    db = Database(path, (one, two))
    assert db.all("SELECT x FROM one") == [(2,)]
    db.close()
    db = Database(path, (one, two))
    assert db.all("SELECT x FROM one") == [(2,)]
    db.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    Database(path, (one,)).close()
    with pytest.raises(ConfigError, match="no such table"):
        Database(path, (one, broken))
    assert tables(path) == {"one"}
    Database(path, (one, two)).close()


def newer(path: Path) -> None:
    Database(path, (one, two)).close()


def no_database(path: Path) -> None:
    path.write_bytes(b"this is a film, not a database " * 100)


def damaged(path: Path) -> None:
    Database(path, (one,)).close()
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 4000)


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (newer, "made by a newer blobhls"),
        (no_database, "not a database"),
        (damaged, "malformed"),
        (a_folder, "unable to open"),
    ],
)
def test_a_file_that_can_t_be_used_is_told_in_one_line(
    path: Path, arrange: Callable[[Path], None], reason: str
) -> None:
    arrange(path)
    with pytest.raises(ConfigError, match=reason) as caught:
        Database(path, (one,))
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_transaction_is_all_or_nothing_also_within_another(path: Path) -> None:
    db = Database(path, (one,))

    def fail() -> None:
        with db.transaction():
            db.run("INSERT INTO one VALUES (1)")
            with db.transaction():
                db.run("INSERT INTO one VALUES (2)")
            raise ValueError("as arranged")

    with pytest.raises(ValueError, match="as arranged"):
        fail()
    assert db.all("SELECT x FROM one") == []
    with db.transaction(), db.transaction():
        db.run("INSERT INTO one VALUES (3)")
    assert db.all("SELECT x FROM one") == [(3,)]
    db.close()


def test_others_see_a_transaction_when_it_is_over_and_wait_to_write(path: Path) -> None:
    db = Database(path, (one,))
    seen: list[list[tuple[int]]] = []
    begun = threading.Event()

    def other() -> None:
        seen.append(db.all("SELECT x FROM one"))
        begun.set()
        db.run("INSERT INTO one VALUES (2)")

    thread = threading.Thread(target=other)
    with db.transaction():
        db.run("INSERT INTO one VALUES (1)")
        thread.start()
        assert begun.wait(20)
    thread.join()
    assert seen == [[]]
    assert db.all("SELECT x FROM one ORDER BY x") == [(1,), (2,)]
    db.close()


def test_no_statement_numbers_its_placeholders() -> None:
    """Python 3.14 takes `?1` for a name, and no sequence of values for names."""
    package = Path(database.__file__).parent
    numbered = re.compile(r"\?[0-9]")
    found = [path for path in package.rglob("*.py") if numbered.search(path.read_text("utf-8"))]
    assert found == []

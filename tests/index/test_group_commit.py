"""Writes that are committed together, and fail alone."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.errors import StoreFull
from blobhls.index.database import Database
from blobhls.index.group_commit import GroupCommitter


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    def migrate(tables: object) -> None:
        tables.execute("CREATE TABLE t (x)")  # type: ignore[attr-defined]

    db = Database(tmp_path / "scribe.db", [migrate])
    yield db
    db.close()


def rows(db: Database) -> list[object]:
    return [row[0] for row in db.all("SELECT x FROM t ORDER BY x")]


def insert(db: Database, value: object) -> int:
    return db.run("INSERT INTO t VALUES (?)", (value,))


def sync_nothing(_: Sequence[BlobId]) -> None:
    """Have nothing to sync."""


def test_a_write_returns_what_its_work_does(db: Database) -> None:
    async def go() -> None:
        committer = GroupCommitter(db, sync_nothing)
        assert await committer.write(lambda: insert(db, 1)) == 1
        assert rows(db) == [1]
        await committer.close()

    asyncio.run(go())
    db.close()


def test_one_that_fails_fails_alone(db: Database) -> None:
    async def go() -> None:
        committer = GroupCommitter(db, sync_nothing)

        def fail() -> None:
            insert(db, 99)
            raise StoreFull("no")

        works = [lambda n=n: insert(db, n) for n in range(20)]
        works.insert(10, fail)  # type: ignore[arg-type]
        results = await asyncio.gather(*map(committer.write, works), return_exceptions=True)
        assert [type(each) for each in results].count(StoreFull) == 1
        assert rows(db) == list(range(20))
        await committer.close()

    asyncio.run(go())
    db.close()


def test_many_at_once_are_settled_together_before_they_are_committed(db: Database) -> None:
    synced: list[tuple[int, int]] = []  # how many, and what was committed by then

    def sync(blob_ids: Sequence[BlobId]) -> None:
        synced.append((len(blob_ids), len(rows(db))))

    async def go() -> None:
        committer = GroupCommitter(db, sync)
        works = [
            committer.write(lambda n=n: insert(db, n), placed=[BlobId.of(str(n).encode())])  # type: ignore[misc]
            for n in range(50)
        ]
        await asyncio.gather(*works)
        await committer.close()

    asyncio.run(go())
    assert sum(count for count, _ in synced) == 50
    assert len(synced) <= 3
    assert all(before == sum(c for c, _ in synced[:i]) for i, (_, before) in enumerate(synced))
    db.close()


def test_names_that_can_not_be_settled_are_not_written_down(db: Database) -> None:
    def sync(_: Sequence[BlobId]) -> None:
        raise StoreFull("no room")

    async def go() -> None:
        committer = GroupCommitter(db, sync)
        with pytest.raises(StoreFull):
            await committer.write(lambda: insert(db, 1), placed=[BlobId.of(b"x")])
        assert rows(db) == []
        await committer.close()

    asyncio.run(go())
    db.close()


def test_what_was_begun_is_written_whoever_leaves(db: Database) -> None:
    begun, gate = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        gate.wait(10)
        insert(db, 1)

    async def go() -> None:
        committer = GroupCommitter(db, sync_nothing)
        task = asyncio.create_task(committer.write(work))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        await committer.close()
        assert rows(db) == [1]

    asyncio.run(go())
    db.close()


def test_a_full_disk_is_told_as_such_and_the_next_write_counts(db: Database) -> None:
    async def go() -> None:
        committer = GroupCommitter(db, sync_nothing)
        pages = await committer.write(lambda: db.one("PRAGMA page_count"))
        assert pages is not None
        await committer.write(lambda: db.one(f"PRAGMA max_page_count = {pages[0] + 2}"))
        results = await asyncio.gather(
            *(committer.write(lambda: insert(db, "x" * 100_000)) for _ in range(3)),
            return_exceptions=True,
        )
        assert [type(each) for each in results] == [StoreFull] * 3
        assert rows(db) == []
        assert await committer.write(lambda: insert(db, 1)) == 1
        await committer.close()

    asyncio.run(go())
    db.close()


def test_a_commit_that_fails_leaves_no_transaction_open(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next write would join it, and be acknowledged without ever being committed."""

    class Failing:
        def __init__(self, connection: sqlite3.Connection) -> None:
            self.connection = connection

        def __getattr__(self, name: str) -> object:
            return getattr(self.connection, name)

        def execute(self, sql: str) -> object:
            if sql == "COMMIT":
                raise sqlite3.OperationalError("disk I/O error")
            return self.connection.execute(sql)

    real = db.connection
    with monkeypatch.context() as patch:
        patch.setattr(db._local, "connection", Failing(real))
        with pytest.raises(sqlite3.OperationalError, match="I/O"), db.transaction():
            real.execute("INSERT INTO t VALUES (1)")
    assert not real.in_transaction
    assert rows(db) == []
    with db.transaction():
        insert(db, 2)
    assert rows(db) == [2]
    db.close()


def test_only_a_batch_with_a_durable_write_is_synced(db: Database) -> None:
    def level() -> object:
        return db.one("PRAGMA synchronous")

    async def go() -> None:
        committer = GroupCommitter(db, sync_nothing)
        assert await committer.write(level, durable=False) == (1,)  # NORMAL
        assert await committer.write(level) == (2,)  # FULL
        both = (committer.write(level, durable=False), committer.write(level))
        assert list(await asyncio.gather(*both)) == [(2,), (2,)]
        await committer.close()

    asyncio.run(go())
    db.close()

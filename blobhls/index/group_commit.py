"""Group commit: writes of several callers share one transaction and one fsync."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from blobhls.blob import BlobId
from blobhls.index.database import Database

T = TypeVar("T")
_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class _Write(msgspec.Struct, frozen=True, eq=False):
    work: Callable[[], Any]
    done: asyncio.Future[Any]
    placed: Sequence[BlobId]
    durable: bool


class GroupCommitter:
    """Runs writes in a thread of its own; on return they survive a killed process.

    Durable ones survive a power cut, too. A row that can be found out again need not: an fsync for
    each took a fourth of the time in which a title is sealed.

    Writes that come while a batch is being committed wait for the next one: one fsync commits
    up to sixteen concurrent writers, and one more makes their blobs' directory entries durable.
    Other connections leave syncing to the checkpoint.
    """

    def __init__(self, db: Database, sync: Callable[[Sequence[BlobId]], None]) -> None:
        """`sync`: makes blobs durable that were only placed so far, as `BlobStore.sync`."""
        self._db = db
        self._sync = sync
        self._thread = ThreadPoolExecutor(1, "group-commit")
        self._waiting: list[_Write] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(
        self, work: Callable[[], T], *, placed: Sequence[BlobId] = (), durable: bool = True
    ) -> T:
        """Run `work` in a transaction and return its result; it fails alone if it raises.

        `work` runs in another thread, where it may use anything of the index. `placed`: blobs that
        it writes about, synced before the rows: a row never exists without bytes. A write that has
        begun is completed even if the caller is cancelled.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Write(work, done, placed, durable))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await asyncio.shield(done)

    async def close(self) -> None:
        """Wait until everything is written."""
        while self._writing is not None:
            await asyncio.wait([self._writing])
        self._thread.shutdown()

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    outcomes = await loop.run_in_executor(self._thread, self._commit, batch)
                except Exception as error:  # no write of the batch was committed
                    outcomes = [(each.done, None, error) for each in batch]
                for outcome in outcomes:
                    _resolve(*outcome)
        finally:
            self._writing = None

    def _commit(self, batch: Sequence[_Write]) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        self._sync([blob_id for each in batch for blob_id in each.placed])
        # FULL syncs what was committed before, too.
        level = "FULL" if any(each.durable for each in batch) else "NORMAL"
        self._db.connection.execute(f"PRAGMA synchronous={level}")
        with self._db.transaction() as connection:
            for each in batch:
                connection.execute("SAVEPOINT one")
                try:
                    outcomes.append((each.done, each.work(), None))
                except Exception as error:
                    if not connection.in_transaction:  # a full disk has rolled back the batch
                        raise
                    connection.execute("ROLLBACK TO one")
                    outcomes.append((each.done, None, error))
                connection.execute("RELEASE one")
        return outcomes


def _resolve(done: asyncio.Future[Any], value: object, error: BaseException | None) -> None:
    if done.done():  # the caller was cancelled
        return
    if error is None:
        done.set_result(value)
    else:
        done.set_exception(error)

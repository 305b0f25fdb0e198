"""Writes of many that are committed, and synced, together."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from blobhls.blob import BlobId
from blobhls.errors import StoreFull
from blobhls.index.database import Database

T = TypeVar("T")
_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class _Write(msgspec.Struct, frozen=True, eq=False):
    work: Callable[[], Any]
    done: asyncio.Future[Any]
    placed: BlobId | None


class GroupCommitter:
    """Runs writes in a thread of its own; on return they survive a power cut.

    Whatever comes while a batch is being synced waits for the next: with sixteen writers at a
    time one sync serves them all, and one more the names of the blobs that they write of. Other
    connections leave syncing to the checkpoint.
    """

    def __init__(self, db: Database, settle: Callable[[Sequence[BlobId]], None]) -> None:
        """`settle`: makes blobs durable that were only placed so far, as `BlobStore.settle`."""
        self._db = db
        self._settle = settle
        self._thread = ThreadPoolExecutor(1, "group-commit", initializer=self._prepare)
        self._waiting: list[_Write] = []
        self._writing: asyncio.Task[None] | None = None

    def _prepare(self) -> None:
        self._db.connection.execute("PRAGMA synchronous=FULL")

    async def write(self, work: Callable[[], T], *, placed: BlobId | None = None) -> T:
        """Run `work` in a transaction and return what it does; it fails alone if it raises.

        `work` runs in another thread, where it may use anything of the index. `placed`: a blob of
        which it tells, settled before: a row is never there without bytes.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Write(work, done, placed))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        # Once begun it is done, whoever leaves.
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
                except Exception as error:  # nothing of the batch is written
                    outcomes = [(each.done, None, _explained(error)) for each in batch]
                for outcome in outcomes:
                    _tell(*outcome)
        finally:
            self._writing = None

    def _commit(self, batch: Sequence[_Write]) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        self._settle([each.placed for each in batch if each.placed is not None])
        with self._db.transaction() as connection:
            for each in batch:
                connection.execute("SAVEPOINT one")
                try:
                    outcomes.append((each.done, each.work(), None))
                except Exception as error:
                    if not connection.in_transaction:  # a full disk has undone all of it
                        raise
                    connection.execute("ROLLBACK TO one")
                    outcomes.append((each.done, None, error))
                connection.execute("RELEASE one")
        return outcomes


def _explained(error: Exception) -> Exception:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return StoreFull("no room left for the index")
    return error


def _tell(done: asyncio.Future[Any], value: object, error: BaseException | None) -> None:
    if done.done():  # nobody waits any more
        return
    if error is None:
        done.set_result(value)
    else:
        done.set_exception(error)

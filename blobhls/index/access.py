"""The event loop's access to the index: look up, read, write; all awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Final, ParamSpec, TypeVar

from blobhls.blob import BlobId
from blobhls.index.database import Database
from blobhls.index.group_commit import GroupCommitter

P = ParamSpec("P")
T = TypeVar("T")

_READERS: Final = 4  # threads; SQLite reads without Python's lock
_BATCH: Final = 100  # rows


class Index:
    """The only way from the event loop to the index. To be used from one event loop.

    Each method takes a method of the index and its arguments. All are awaited, so that a database
    across a network could stand behind them; SQLite answers a `lookup` in place.

    All raise `IndexBusy` or `IndexOffline` where the database can't answer, and what the
    method itself raises.
    """

    def __init__(self, db: Database, sync: Callable[[Sequence[BlobId]], None]) -> None:
        """`sync`: makes blobs durable that were only placed so far, as `BlobStore.sync`."""
        self._committer = GroupCommitter(db, sync)
        self._readers = ThreadPoolExecutor(_READERS, "index-read")

    async def lookup(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read a few rows by their key, in place: microseconds, less than a thread would take."""
        return method(*args, **kwargs)

    async def read(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read anything else, in a thread."""
        work = partial(method, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def batches(self, rows: Iterator[T]) -> AsyncIterator[list[T]]:
        """Yield the rows of an iterator of the index in lists; they are read in a thread."""
        while batch := await self.read(_some_of, rows):
            yield batch

    async def write(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write by the group commit: on return the write survives a power cut.

        A write that has begun is completed, even if the caller is cancelled.
        """
        return await self._committer.write(partial(method, *args, **kwargs))

    async def write_derived(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write what can be found out again: a power cut may take it back.

        Otherwise as `write`.
        """
        return await self._committer.write(partial(method, *args, **kwargs), durable=False)

    async def write_placed(
        self, blob_ids: Sequence[BlobId], work: Callable[[], T], *, durable: bool
    ) -> T:
        """Write about blobs whose bytes were just placed; those are made durable before the rows.

        A row never exists without bytes. As `write` if `durable`, else as `write_derived`.
        """
        return await self._committer.write(work, placed=blob_ids, durable=durable)

    async def close(self) -> None:
        """Wait until everything is written."""
        await self._committer.close()
        self._readers.shutdown()


def _some_of(rows: Iterator[T]) -> list[T]:
    return list(islice(rows, _BATCH))

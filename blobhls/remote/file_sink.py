"""Bytes to a file, hashed on the way, neither of it in the event loop."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
import threading
from pathlib import Path
from typing import Final, Self

from blobhls.blob import BlobId
from blobhls.errors import StoreFull, TooLarge

_BATCH: Final = 1 << 20  # bytes handed to a thread at once; two batches are the memory of a sink
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileSink:
    """A new file that is filled piece by piece, used as `async with`.

    Leaving by an error removes it. While one batch is hashed and written, the next one may come
    in. Whatever is called here raises `TooLarge` beyond `most` bytes and `StoreFull` where the
    disk is full.
    """

    def __init__(self, path: Path, most: int) -> None:
        """Write to `path`, which must not exist yet."""
        self._path = path
        self._most = most
        self._size = 0
        self._batch = bytearray()
        self._writing: asyncio.Task[None] | None = None
        self._file = _HashedFile(path)

    async def take(self, piece: bytes) -> None:
        """Take the next bytes; returns at once unless the disk is slower than what comes."""
        self._size += len(piece)
        if self._size > self._most:
            raise TooLarge(f"this is larger than the {self._most} bytes that are taken")
        self._batch += piece
        if len(self._batch) >= _BATCH:
            await self._flush()

    async def finish(self) -> tuple[BlobId, int]:
        """Write what is left and return the blob's id and size in bytes; not synced to disk."""
        await self._settle()
        blob_id = await asyncio.to_thread(self._file.finish, self._batch)
        return blob_id, self._size

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            return
        if self._writing is not None:
            self._writing.add_done_callback(_looked_at)
        # Shielded: cancelled twice, the file is removed all the same.
        await asyncio.shield(asyncio.to_thread(self._file.discard))

    async def _flush(self) -> None:
        await self._settle()
        batch, self._batch = self._batch, bytearray()
        self._writing = asyncio.create_task(asyncio.to_thread(self._file.write, batch))

    async def _settle(self) -> None:
        """Wait for the batch under way."""
        if self._writing is not None:
            await asyncio.shield(self._writing)
            self._writing = None


class _HashedFile:
    """The file itself, used in threads. Once discarded it stays gone, whoever still writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self._file: io.FileIO | None = None
        self._discarded = False
        self._lock = threading.Lock()

    def write(self, batch: bytearray) -> None:
        with self._lock:
            if not self._discarded:
                self._append(batch)

    def finish(self, batch: bytearray) -> BlobId:
        with self._lock:
            if not self._discarded:
                self._append(batch)
                self._close()
            return BlobId(self._hash.hexdigest())

    def discard(self) -> None:
        with self._lock:
            self._discarded = True
            if self._file is not None:  # else it was never ours: the name may be somebody else's
                self._file.close()
                self._path.unlink(missing_ok=True)

    def _append(self, batch: bytearray) -> None:
        try:
            if self._file is None:
                self._file = io.FileIO(self._path, "xb")
            rest = memoryview(batch)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise StoreFull("no room left to keep what is fetched") from error
            raise
        self._hash.update(batch)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


def _looked_at(task: asyncio.Task[None]) -> None:
    """Take note of the error of a batch that nobody waits for any more."""
    if not task.cancelled():
        task.exception()

"""Writing bytes to a file and hashing them, both outside the event loop."""

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

_BATCH: Final = 1 << 20  # bytes handed to a thread at once; a sink holds up to two batches
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileSink:
    """A new file that is filled in chunks, used as `async with`.

    Leaving with an error removes it. While one batch is hashed and written, the next one can be
    received. All methods raise `TooLarge` beyond `most` bytes and `StoreFull` on a full disk.
    """

    def __init__(self, path: Path, most: int) -> None:
        """Write to `path`, which must not exist yet."""
        self._path = path
        self._most = most
        self._size = 0
        self._batch = bytearray()
        self._writing: asyncio.Task[None] | None = None
        self._file = _HashedFile(path)

    async def write(self, chunk: bytes) -> None:
        """Add the next bytes; waits only if the disk is slower than the network."""
        self._size += len(chunk)
        if self._size > self._most:
            raise TooLarge(f"this is larger than the limit of {self._most} bytes")
        self._batch += chunk
        if len(self._batch) >= _BATCH:
            await self._flush()

    async def finish(self) -> tuple[BlobId, int]:
        """Write the rest and return the blob's id and size in bytes; not synced to disk."""
        await self._wait_for_batch()
        blob_id = await asyncio.to_thread(self._file.finish, self._batch)
        return blob_id, self._size

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            return
        if self._writing is not None:
            self._writing.add_done_callback(_retrieve_error)
        # Shielded: the file is removed even if this is cancelled again.
        await asyncio.shield(asyncio.to_thread(self._file.discard))

    async def _flush(self) -> None:
        await self._wait_for_batch()
        batch, self._batch = self._batch, bytearray()
        self._writing = asyncio.create_task(asyncio.to_thread(self._file.write, batch))

    async def _wait_for_batch(self) -> None:
        """Wait for the batch that is being written."""
        if self._writing is not None:
            await asyncio.shield(self._writing)
            self._writing = None


class _HashedFile:
    """The file itself, used in threads. Once discarded, later writes are ignored."""

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
            if self._file is not None:  # otherwise an existing file with this name is not ours
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
            if error.errno in _DISK_FULL:
                raise StoreFull("no room left to store what is fetched") from error
            raise
        self._hash.update(batch)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


def _retrieve_error(task: asyncio.Task[None]) -> None:
    """Retrieve the error of a batch that is no longer awaited, so that it is not logged."""
    if not task.cancelled():
        task.exception()

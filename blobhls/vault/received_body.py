"""Bytes from outside, on their way to the store: hashed as they come, never all in memory."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from blobhls.blob import BlobId
from blobhls.errors import StoreFull, TooLarge
from blobhls.store.staging import discard
from blobhls.tasks import uninterrupted

# What is smaller stays in memory until it is whole: most uploads by number, and a file that is
# begun and given up costs more than they do. Many slow clients must not hold much.
_SMALL: Final = 64 * 1024
_PIECE: Final = 1 << 20  # bytes for the disk at a time
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class ReceivedBody:
    """A whole body that is not in the store yet."""

    def __init__(self, blob_id: BlobId, size: int, head: bytes, staged: Path | None) -> None:
        """`head`: the first bytes, all of them where nothing is `staged`."""
        self.blob_id = blob_id
        self.size = size
        self.head = head
        self.staged = staged

    @property
    def content(self) -> bytes | Path:
        """The bytes, or the file that has them."""
        return self.head if self.staged is None else self.staged

    async def as_file(self, staging: Callable[[], Path]) -> Path:
        """Return a file with the bytes, to be read while the block of `receive_body` lasts."""
        if self.staged is None:
            self.staged = staging()  # removed in the end, however much is in it
            with _full_disk_as_store_full():
                await uninterrupted(asyncio.to_thread(self.staged.write_bytes, self.head))
        return self.staged


def staged_body(staged: Path, blob_id: BlobId, size: int) -> ReceivedBody:
    """Return a file that was written and hashed already as a body. Reads its beginning."""
    with staged.open("rb") as file:
        return ReceivedBody(blob_id, size, file.read(_SMALL), staged)


@asynccontextmanager
async def receive_body(
    chunks: AsyncIterator[bytes], staging: Callable[[], Path], most: int | None
) -> AsyncIterator[ReceivedBody]:
    """Receive a body; what was not kept by the end of the block is removed.

    `staging` gives paths for files. `most`: bytes; more raise `TooLarge` as soon as they come.
    Also raises `StoreFull`, and whatever `chunks` does.
    """
    spool = _Spool(staging)
    body: ReceivedBody | None = None
    try:
        async for chunk in chunks:
            if most is not None and spool.size + len(chunk) > most:
                raise TooLarge(f"a blob may have {most} bytes at most")
            await spool.add(chunk)
        body = await spool.finish()
        yield body
    finally:
        await spool.clear()
        if body is not None and body.staged not in {None, spool.path}:  # by `as_file`
            await discard(body.staged)


class _Spool:
    """Hashes and writes in a thread what has come, while more of it comes."""

    def __init__(self, staging: Callable[[], Path]) -> None:
        self.size = 0
        self.path: Path | None = None  # of the file, once there is one
        self._staging = staging
        self._hasher = hashlib.sha256()
        self._head = b""
        self._pieces: list[bytes] = []
        self._held = 0
        self._file: BinaryIO | None = None
        self._writing: asyncio.Task[None] | None = None

    async def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._pieces.append(chunk)
        self._held += len(chunk)
        if self._held >= (_SMALL if self.path is None else _PIECE):
            await self._flush()

    async def finish(self) -> ReceivedBody:
        if self.path is None:
            data = b"".join(self._pieces)
            return ReceivedBody(BlobId.of(data), self.size, data, None)
        await self._flush()
        await self._wait_for_write()
        return ReceivedBody(BlobId(self._hasher.hexdigest()), self.size, self._head, self.path)

    async def clear(self) -> None:
        if self._writing is not None:
            await asyncio.wait([self._writing])
        if self.path is not None:
            await uninterrupted(asyncio.to_thread(self._discard, self.path))

    async def _flush(self) -> None:
        """Hand over what is held; waits only for what was handed over before."""
        await self._wait_for_write()
        pieces, self._pieces, self._held = self._pieces, [], 0
        if self.path is None:
            self.path = self._staging()
            self._head = b"".join(pieces)
        work = asyncio.to_thread(self._write, self.path, pieces)
        self._writing = asyncio.create_task(work)

    async def _wait_for_write(self) -> None:
        writing, self._writing = self._writing, None
        if writing is None:
            return
        try:
            with _full_disk_as_store_full():
                await asyncio.shield(writing)
        except asyncio.CancelledError:
            self._writing = writing  # `clear` waits for it
            raise

    def _write(self, path: Path, pieces: list[bytes]) -> None:
        if self._file is None:
            self._file = path.open("xb", buffering=0)
        for piece in pieces:
            self._hasher.update(piece)
            rest = memoryview(piece)
            while rest:
                rest = rest[self._file.write(rest) :]

    def _discard(self, path: Path) -> None:
        if self._file is not None:
            self._file.close()
        path.unlink(missing_ok=True)


@contextmanager
def _full_disk_as_store_full() -> Iterator[None]:
    """Say `StoreFull` of a full disk or quota."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull("no room left in the blob store") from error
        raise

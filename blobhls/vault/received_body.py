"""Request bodies on their way to the store: hashed while they arrive, never whole in memory."""

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

# Smaller bodies stay in memory until they are complete: most uploads are small, and a file that is
# created and removed costs more. The limit is low because many slow clients may send at once.
_SMALL: Final = 64 * 1024
_PIECE: Final = 1 << 20  # bytes in one write
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class ReceivedBody:
    """A complete body that is not in the store yet."""

    def __init__(self, blob_id: BlobId, size: int, head: bytes, staged: Path | None) -> None:
        """`head`: the first bytes; all bytes where `staged` is None."""
        self.blob_id = blob_id
        self.size = size
        self.head = head
        self.staged = staged

    @property
    def content(self) -> bytes | Path:
        """The bytes, or the file that holds them."""
        return self.head if self.staged is None else self.staged

    async def as_file(self, staging: Callable[[], Path]) -> Path:
        """Return a file with the bytes, readable until the block of `receive_body` ends."""
        if self.staged is None:
            self.staged = staging()  # removed in the end, even if it is incomplete
            with _full_disk_as_store_full():
                await uninterrupted(asyncio.to_thread(self.staged.write_bytes, self.head))
        return self.staged


def staged_body(staged: Path, blob_id: BlobId, size: int) -> ReceivedBody:
    """Return a body whose file was written and hashed already. Reads its beginning."""
    with staged.open("rb") as file:
        return ReceivedBody(blob_id, size, file.read(_SMALL), staged)


@asynccontextmanager
async def receive_body(
    chunks: AsyncIterator[bytes], staging: Callable[[], Path], most: int | None
) -> AsyncIterator[ReceivedBody]:
    """Receive a body; its file is removed at the end of the block unless the store took it.

    `staging` gives paths for files. `most`: bytes; raises `TooLarge` as soon as more have come.
    Also raises `StoreFull`, and the errors of `chunks`.
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
    """Hashes and writes received pieces in a thread, while more pieces arrive."""

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
        """Start to write the held pieces; waits only for the write before."""
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
    """Raise `StoreFull` for an `OSError` of a full disk or quota."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull("no room left in the blob store") from error
        raise

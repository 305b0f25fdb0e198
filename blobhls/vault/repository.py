"""Bytes and their rows: the only module that knows in which order they change."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, TypeVar
from weakref import WeakValueDictionary

import msgspec
from cachetools import LRUCache

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobMissing, Unavailable
from blobhls.index.access import Index
from blobhls.index.ledger.blobs import BlobIndex, BlobRow
from blobhls.recipe import Recipe
from blobhls.store.base import BlobStore, OpenBlob
from blobhls.tasks import uninterrupted

T = TypeVar("T")

_SMALL: Final = 64 * 1024  # bytes; blobs up to this stay in memory while they are asked for
_MEMORY: Final = 16 * 1024 * 1024  # bytes of small blobs
_KNOWN: Final = 20_000  # blobs whose size and type stay in memory
# Rows in one write: in an index of 10^7 rows, 1000 at once kept the other writers waiting 0.6 s.
_TOUCHED: Final = 50


class BlobState(msgspec.Struct, frozen=True):
    """All that is known of one blob, read at one moment."""

    row: BlobRow | None
    recipe: Recipe | None  # renders the bytes on this engine; None: there is none
    proven: bool | None  # the recipe's profile makes the same bytes each time; None: never tried
    used_at: float | None  # in seconds since the epoch, where its row does not say so yet
    is_held: bool  # it is being added or changed now


class BlobRepository:
    """Changes bytes and rows together. To be used from one event loop.

    The callers decide whether a blob changes. To add one, the bytes are placed and made durable,
    and then the row is written. To remove one, the row is changed, then memory is invalidated and
    the bytes are removed. A crash or an error in between leaves at worst bytes without a row,
    which fsck removes, and never a row without its bytes. Changes of one blob wait for each other.
    A change that has begun is completed even if its caller is cancelled.

    Methods that read or write the index raise `IndexBusy` or `IndexOffline`.
    """

    def __init__(self, store: BlobStore, blobs: BlobIndex, index: Index) -> None:
        """`index` leads to the tables of `blobs`."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._infos: LRUCache[BlobId, BlobInfo] = LRUCache(_KNOWN)
        self._small: LRUCache[BlobId, bytes] = LRUCache(_MEMORY, getsizeof=len)
        self._used: dict[BlobId, float] = {}
        self._invalidated = 0  # how often
        # For reads of both, and for the tables that have no bytes.
        self.store: Final = store
        self.blobs: Final = blobs
        self.index: Final = index

    def staging(self) -> Path:
        """Return a new path, not yet existing, where a file for `add` may be written."""
        return self.store.staging()

    def path(self, blob_id: BlobId) -> Path:
        """Return the path of the bytes, for a worker to read. The file need not exist."""
        return self.store.path(blob_id)

    async def row(self, blob_id: BlobId) -> BlobRow | None:
        """Return the row of a blob."""
        return await self.index.lookup(self.blobs.row, blob_id)

    async def infos(self, blob_ids: Iterable[BlobId]) -> Mapping[BlobId, BlobInfo]:
        """Return size and type of those blobs that have a row."""
        return await self.index.read(self._rows, list(blob_ids))

    async def state(self, blob_id: BlobId, engine: str) -> BlobState:
        """Return all that is known of a blob; `engine`: the one whose bindings count."""
        return await self.index.lookup(self._read_state, blob_id, engine)

    def peek(self, blob_id: BlobId) -> OpenBlob | None:
        """Return a blob whose row is in memory, if its bytes are here. Never asks the index."""
        info = self._infos.get(blob_id)
        return None if info is None else self._open_bytes(info)

    async def open(self, blob_id: BlobId) -> OpenBlob | None:
        """Return a blob if its bytes are here; None without a row that says so.

        Raises `BlobMissing` if the row says so, but the bytes are gone or have another length.
        """
        found = self.peek(blob_id)
        if found is not None:
            return found
        before = self._invalidated
        row = await self.row(blob_id)
        if row is None or not row.present:
            return None
        found = self._open_bytes(row.info)
        if found is None:
            raise BlobMissing(blob_id)
        if before == self._invalidated:  # else the row may be another by now
            self._infos[blob_id] = row.info
        return found

    def is_lost(self, row: BlobRow) -> bool:
        """Say whether the bytes of a present row are gone or have another length.

        To be called in a thread.
        """
        try:
            return row.present and self.store.stat(row.info.blob_id) != row.info.size
        except BlobMissing:
            return True

    @asynccontextmanager
    async def exclusive(self, blob_id: BlobId) -> AsyncIterator[None]:
        """Hold the lock of a blob while the body runs: nothing changes or evicts it.

        `add`, `change` and `drop` take the lock themselves and wait for the end of the body.
        """
        async with self._locks.setdefault(blob_id, asyncio.Lock()):
            yield

    async def add(
        self, content: bytes | Path, info: BlobInfo, write: Callable[[], T], *, durable: bool = True
    ) -> T:
        """Store the bytes of a blob and return the result of `write`; both are durable on return.

        `durable=False`: a power cut may take the row back, as a recipe makes the blob again.

        `content`: the bytes, or a file from `staging`, which is moved. `write` adds the row, in a
        thread and in a transaction; if it adds no row or raises, the bytes are removed again.
        Raises `StoreFull`, and the errors of `write`.
        """
        return await uninterrupted(self._change(info.blob_id, write, content, durable=durable))

    async def change(self, blob_id: BlobId, write: Callable[[], T]) -> T:
        """Change the row of a blob and return the result of `write`.

        Bytes without a present row are removed afterwards. `write` runs in a thread and in a
        transaction; its errors are raised.
        """
        return await uninterrupted(self._change(blob_id, write))

    async def drop(
        self, blob_id: BlobId, *, keep_row: bool, when: Callable[[BlobRow], bool] | None = None
    ) -> bool:
        """Remove the bytes of a blob, and its row unless `keep_row` (to render them again).

        `when` decides by the current row, in a thread. Returns False and changes nothing where it
        returns False or there is no row.
        """

        def write() -> bool:
            row = self.blobs.row(blob_id)
            if row is None or (when is not None and not when(row)):
                return False
            if keep_row:
                self.blobs.set_absent(blob_id)
            else:
                self.blobs.delete(blob_id)
            return True

        return await self.change(blob_id, write)

    def invalidate(self, blob_id: BlobId) -> None:
        """Remove a blob from memory, as its row has changed or was deleted."""
        self._invalidated += 1
        self._infos.pop(blob_id, None)
        self._small.pop(blob_id, None)

    async def touch(self) -> None:
        """Write when blobs were last used; eviction needs it.

        A few rows at a time, so that no other write waits for all of them.
        """
        used, self._used = self._used, {}
        try:
            while used:
                some = dict(islice(used.items(), _TOUCHED))
                await self.index.write_derived(self.blobs.touch, some)
                for blob_id in some:
                    del used[blob_id]
        finally:
            self._used = {**used, **self._used}

    async def _change(
        self,
        blob_id: BlobId,
        write: Callable[[], T],
        content: bytes | Path | None = None,
        *,
        durable: bool = True,
    ) -> T:
        async with self.exclusive(blob_id):
            placed = [] if content is None else [blob_id]
            try:
                if content is not None:
                    await self._place(content, blob_id)
                work = partial(self._write_row, blob_id, write)
                result, is_present = await self.index.write_placed(placed, work, durable=durable)
            except BaseException:
                if placed:
                    await self._undo_place(blob_id)
                raise
            finally:
                self.invalidate(blob_id)
            if not is_present:
                self._used.pop(blob_id, None)
                await _in_thread(partial(self.store.remove, blob_id))
            return result

    async def _place(self, content: bytes | Path, blob_id: BlobId) -> None:
        """Place the bytes under their name; they are durable only after `sync`."""
        if isinstance(content, Path):
            await _in_thread(partial(self.store.adopt, content, blob_id, sync=False))
        else:
            await _in_thread(partial(self.store.put, content, sync=False))

    def _write_row(self, blob_id: BlobId, write: Callable[[], T]) -> tuple[T, bool]:
        """Call `write`, and say whether a row says then that the bytes are present."""
        result = write()
        row = self.blobs.row(blob_id)
        return result, row is not None and row.present

    async def _undo_place(self, blob_id: BlobId) -> None:
        """Remove bytes whose row could not be written, unless an older row needs them."""
        with suppress(Unavailable):  # if the index can't answer, they stay for fsck
            row = await self.row(blob_id)
            if row is None or not row.present:
                await _in_thread(partial(self.store.remove, blob_id))

    def _open_bytes(self, info: BlobInfo) -> OpenBlob | None:
        """Open the bytes and note their use; None if they are gone or have another length."""
        blob_id = info.blob_id
        data = self._small.get(blob_id)
        if data is None:
            try:
                file = self._open_whole(info)
            except BlobMissing:
                self.invalidate(blob_id)
                return None
            if info.size > _SMALL:
                self._used[blob_id] = time.time()
                return OpenBlob(info, file)
            with file:
                data = file.read()
            self._small[blob_id] = data
        self._used[blob_id] = time.time()
        return OpenBlob(info, io.BytesIO(data))

    def _open_whole(self, info: BlobInfo) -> BinaryIO:
        """Open a blob's bytes; raises `BlobMissing` also for bytes of another length."""
        file = self.store.open(info.blob_id)
        if file.seek(0, io.SEEK_END) != info.size:
            file.close()
            raise BlobMissing(info.blob_id)
        file.seek(0)
        return file

    def _read_state(self, blob_id: BlobId, engine: str) -> BlobState:
        recipe = self.blobs.recipe_of(blob_id, engine)
        lock = self._locks.get(blob_id)
        return BlobState(
            row=self.blobs.row(blob_id),
            recipe=recipe,
            proven=None if recipe is None else self.blobs.proof(recipe.profile, engine),
            used_at=self._used.get(blob_id),
            is_held=lock is not None and lock.locked(),
        )

    def _rows(self, blob_ids: Iterable[BlobId]) -> dict[BlobId, BlobInfo]:
        rows = (self.blobs.row(blob_id) for blob_id in blob_ids)
        return {row.info.blob_id: row.info for row in rows if row is not None}


async def _in_thread(work: Callable[[], object]) -> None:
    """Do `work` in a thread; `to_thread` would copy a context that nothing reads."""
    await asyncio.get_running_loop().run_in_executor(None, work)

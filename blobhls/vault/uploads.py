"""Blobs that people bring: admitted, taken in, owned, and taken away again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobMissing, Forbidden
from blobhls.index.group_commit import GroupCommitter
from blobhls.index.ledger.blobs import BlobIndex
from blobhls.index.ledger.uploads import OPERATOR, Report, Span, Upload, UploadIndex
from blobhls.store.base import BlobStore, OpenBlob
from blobhls.vault.lasting import uninterrupted
from blobhls.vault.received_body import ReceivedBody
from blobhls.vault.upload_limits import UploadLimits
from blobhls.vault.vault import Vault

_log: Final = logging.getLogger(__name__)

_LOOK: Final = 60  # seconds between two looks for what has expired
_UNBOUNDED: Final = frozenset({OPERATOR})


class Taken(msgspec.Struct, frozen=True):
    """How an upload ended."""

    upload: Upload
    is_new: bool  # its bytes were not here before


class Uploads:
    """The vault's other door. To be used from one event loop."""

    def __init__(
        self,
        vault: Vault,
        store: BlobStore,
        blobs: BlobIndex,
        index: UploadIndex,
        *,
        committer: GroupCommitter,
        limits: UploadLimits,
    ) -> None:
        self._vault = vault
        self._blobs = blobs
        self._index = index
        self._committer = committer
        # Else one removes the file that another counts on.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.store: Final = store
        self.limits: Final = limits
        vault.block(index.blocked())

    def admit(
        self, pubkey: str, size: int | None, media_type: str | None, blob_id: str | None
    ) -> None:
        """Raise what speaks against an upload, as far as it is known; None: not known yet.

        Raises `Forbidden`, `TooLarge`, `TypeRefused`, `TooMany` or `StoreFull`. `OPERATOR` is
        bound by blocked hashes alone.
        """
        if blob_id is not None and self._vault.is_blocked(blob_id):
            raise Forbidden("this blob was removed and is not taken again")
        if pubkey in _UNBOUNDED:
            return
        self.limits.check_blob(size, media_type)
        if not self.limits.has_quota:
            return
        if blob_id is None or self._index.owned_since(BlobId(blob_id), pubkey) is None:
            self.limits.check_quota(self._index.usage, pubkey, size or 0)

    async def take(
        self, body: ReceivedBody, media_type: str, pubkey: str, *, pinned: bool = True
    ) -> Taken:
        """Keep a body for an owner; on return it survives a power cut. Raises as `admit`.

        `pinned=False`: nobody owns it, and it may be evicted. Who is cancelled once this has
        begun may find it kept all the same.
        """
        self.admit(pubkey, body.size, media_type, body.blob_id)
        info = BlobInfo(body.blob_id, body.size, media_type)
        return await uninterrupted(self._take(body, info, pubkey, pinned=pinned))

    async def known(self, blob_id: BlobId, pubkey: str) -> Upload | None:
        """Make somebody an owner of a blob whose bytes are here; None if they are not.

        Raises as `admit`.
        """
        self.admit(pubkey, None, None, blob_id)
        async with self._alone(blob_id):
            found = self._vault.peek(blob_id)
            if found is None:
                return None
            found.close()
            self.admit(pubkey, found.info.size, found.info.media_type, blob_id)
            return await self._committer.write(lambda: self._note(found.info, pubkey, pinned=True))

    async def set_type(self, blob_id: BlobId, media_type: str) -> None:
        """Correct the type that somebody gave a blob; what was made here keeps its own."""
        await self._committer.write(lambda: self._blobs.set_type(blob_id, media_type))
        self._vault.forget(blob_id)

    def peek(self, blob_id: BlobId) -> OpenBlob | None:
        """Return the blob if its bytes are here, else None."""
        return self._vault.peek(blob_id)

    async def remove(self, blob_id: BlobId, pubkey: str) -> None:
        """Take a blob away from an owner, and its bytes with the last one.

        What was made here, or is needed by a sealed title, stays all the same. Raises
        `BlobMissing`, or `Forbidden` for a blob that is not theirs.
        """
        if self._blobs.row(blob_id) is None:
            raise BlobMissing(blob_id)
        async with self._alone(blob_id):
            if not await self._committer.write(lambda: self._disown(blob_id, pubkey)):
                raise Forbidden("this blob is not yours to delete")
            self._clear(blob_id)

    async def block(self, blob_id: str, reason: str) -> None:
        """Remove a blob, whoever owns it, and keep its hash out; what was made here is hidden."""
        now = int(time.time())

        def work() -> None:
            self._index.block(blob_id, reason, now)
            self._forget(BlobId(blob_id))

        async with self._alone(blob_id):
            await self._committer.write(work)
            self._vault.block([blob_id])
            self._clear(BlobId(blob_id))
        _log.warning("blob %s is blocked: %s", blob_id, reason)

    async def unblock(self, blob_id: str) -> bool:
        """Let a hash in again; False if it was not blocked."""
        found = await self._committer.write(lambda: self._index.unblock(blob_id))
        self._vault.unblock(blob_id)
        return found

    async def report(self, reports: Sequence[Report], *, everything: bool = False) -> None:
        """Keep reports for the operator, those of blobs that are here unless `everything`.

        Raises `BlobMissing` where none of the blobs is.
        """
        kept = [each for each in reports if everything or self._blobs.row(BlobId(each.blob_id))]
        if not kept:
            raise BlobMissing(reports[0].blob_id)

        def work() -> None:
            for report in kept:
                self._index.report(report)

        await self._committer.write(work)

    async def set_facts(self, blob_id: BlobId, body: bytes) -> None:
        """Remember what is known of a blob's content, if it is still here."""

        def work() -> None:
            if self._blobs.row(blob_id) is not None:
                self._index.set_facts(blob_id, body)

        await self._committer.write(work)

    def facts(self, blob_ids: Sequence[BlobId]) -> dict[str, bytes]:
        """Return what is known of the content of some blobs."""
        return self._index.facts(blob_ids)

    def page(self, pubkey: str, span: Span) -> list[Upload] | None:
        """Return an owner's blobs, newest first; None if the cursor is not a blob of theirs."""
        return self._index.page(pubkey, span)

    def sunset(self, info: BlobInfo) -> float | None:
        """Return when a blob that is read now will go unless it is read again; None: never."""
        seconds = self.limits.lifetime(info.media_type) if self.limits.expire else None
        if seconds is None or not self._index.may_expire(info.blob_id):
            return None
        return time.time() + seconds

    async def watch(self) -> None:
        """Remove what has expired, and follow what the operator blocks, while the server runs."""
        while True:
            try:
                self._vault.block_only(self._index.blocked())
                if self.limits.expire:
                    await self.expire()
            except Exception:  # a failed round must not end the watch
                _log.exception("could not remove expired blobs")
            await asyncio.sleep(_LOOK)

    async def expire(self) -> int:
        """Remove uploads that nobody has read for as long as they stay; return how many."""
        self._vault.note_use()
        now, removed = time.time(), 0
        soonest = min((seconds for _, seconds in self.limits.expire), default=0)
        for info, used_at in self._index.brought(now - soonest):
            seconds = self.limits.lifetime(info.media_type)
            if seconds is not None and used_at < now - seconds:
                removed += await self._expire_one(info.blob_id, now - seconds)
        return removed

    async def _expire_one(self, blob_id: BlobId, before: float) -> bool:
        """Remove a blob, unless it was read or brought again while others were removed."""

        def work() -> bool:
            used_at = self._index.used_at(blob_id)
            if used_at is None or used_at >= before:
                return False
            self._forget(blob_id)
            return True

        async with self._alone(blob_id):
            self._vault.note_use()
            gone = await self._committer.write(work)
            self._clear(blob_id)
        return gone

    @asynccontextmanager
    async def _alone(self, blob_id: str) -> AsyncIterator[None]:
        """Keep others, and eviction, away from a blob while the body runs."""
        lock = self._locks.setdefault(blob_id, asyncio.Lock())
        async with lock:
            with self._vault.holding(blob_id):
                yield

    async def _take(
        self, body: ReceivedBody, info: BlobInfo, pubkey: str, *, pinned: bool
    ) -> Taken:
        blob_id = info.blob_id
        async with self._alone(blob_id):
            row = self._blobs.row(blob_id)
            is_new = row is None or not row.present
            await body.keep(self.store)
            try:
                note = partial(self._note, info, pubkey, pinned=pinned)
                upload = await self._committer.write(note, placed=[blob_id])
            except BaseException:
                self._clear(blob_id)
                raise
            self._vault.forget(blob_id)
        return Taken(upload, is_new)

    def _note(self, info: BlobInfo, pubkey: str, *, pinned: bool) -> Upload:
        """Write down a blob whose bytes are in the store; in the scribe's transaction.

        Asks once more whether it may be: others of the same owner may have come since.
        """
        now = time.time()
        self.admit(pubkey, info.size, info.media_type, info.blob_id)
        self._blobs.add(info, pinned=pinned, now=now, made=False)
        since = self._index.own(info.blob_id, pubkey, int(now)) if pinned else int(now)
        row = self._blobs.row(info.blob_id)
        return Upload(info if row is None else row.info, since)

    def _disown(self, blob_id: BlobId, pubkey: str) -> bool:
        """Take ownership away, and the row with the last; in the scribe's transaction."""
        if not self._index.disown(blob_id, pubkey):
            return False
        if not self._index.has_owner(blob_id):
            self._forget(blob_id)
        return True

    def _forget(self, blob_id: BlobId) -> None:
        """Drop a row unless it is of ours; in the scribe's transaction."""
        row = self._blobs.row(blob_id)
        if row is not None and not row.made:
            self._blobs.forget(blob_id)

    def _clear(self, blob_id: BlobId) -> None:
        """Drop what is in memory of a blob, and bytes that no row counts on."""
        self._vault.forget(blob_id)
        row = self._blobs.row(blob_id)
        if row is None or not row.present:
            self.store.remove(blob_id)

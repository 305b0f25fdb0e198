"""Blobs that people bring: admitted, taken in, owned, and taken away again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobMissing, Forbidden, StoreFull, TooLarge, TooMany, TypeRefused
from blobhls.index.blobs import BlobIndex
from blobhls.index.scribe import Scribe
from blobhls.index.uploads import OPERATOR, Report, Span, Upload, UploadIndex
from blobhls.store.base import BlobStore, OpenBlob
from blobhls.vault.intake import Received
from blobhls.vault.vault import Vault

_log: Final = logging.getLogger(__name__)

_LOOK: Final = 60  # seconds between two looks for what has expired
_UNBOUNDED: Final = frozenset({OPERATOR})


class UploadLimits(msgspec.Struct, frozen=True):
    """What may be brought, and how long it stays. None: no limit."""

    most_bytes: int | None = None  # of one blob
    types: tuple[str, ...] = ("*/*",)  # type/subtype, either may be *
    key_bytes: int | None = None
    key_blobs: int | None = None
    all_bytes: int | None = None  # a blob with two owners counts twice
    expire: tuple[tuple[str, int], ...] = ()  # type and seconds since it was last read


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
        scribe: Scribe,
        limits: UploadLimits,
    ) -> None:
        self._vault = vault
        self._blobs = blobs
        self._index = index
        self._scribe = scribe
        # One at a time for each blob: else one removes the file that another counts on.
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
        most = self.limits.most_bytes
        if most is not None and size is not None and size > most:
            raise TooLarge(f"a blob may have {most} bytes at most")
        if media_type is not None and not any(
            fnmatchcase(media_type, pattern) for pattern in self.limits.types
        ):
            raise TypeRefused(f"blobs of type {media_type} are not taken here")
        if blob_id is None or self._index.owned_since(BlobId(blob_id), pubkey) is None:
            self._check_quota(pubkey, size or 0)

    async def take(
        self, body: Received, media_type: str, pubkey: str, *, pinned: bool = True
    ) -> Taken:
        """Keep a body for an owner; on return it survives a power cut. Raises as `admit`.

        `pinned=False`: nobody owns it, and it may be evicted.
        """
        blob_id = body.blob_id
        self.admit(pubkey, body.size, media_type, blob_id)
        info = BlobInfo(blob_id, body.size, media_type)
        async with self._alone(blob_id):
            row = self._blobs.row(blob_id)
            is_new = row is None or not row.present
            await body.keep(self.store)
            try:
                upload = await self._scribe.write(lambda: self._note(info, pubkey, pinned=pinned))
            except BaseException:
                if self._blobs.row(blob_id) is None:
                    self.store.remove(blob_id)
                raise
        self._vault.forget(blob_id)
        return Taken(upload, is_new)

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
            return await self._scribe.write(lambda: self._note(found.info, pubkey, pinned=True))

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
            if not await self._scribe.write(lambda: self._index.disown(blob_id, pubkey)):
                raise Forbidden("this blob is not yours to delete")
            await self._drop_unowned(blob_id)

    async def block(self, blob_id: str, reason: str) -> None:
        """Remove a blob, whoever owns it, and keep its hash out; what was made here is hidden."""
        now = int(time.time())
        async with self._alone(blob_id):
            await self._scribe.write(lambda: self._index.block(blob_id, reason, now))
            self._vault.block([blob_id])
            await self._drop(BlobId(blob_id))
        _log.warning("blob %s is blocked: %s", blob_id, reason)

    async def unblock(self, blob_id: str) -> bool:
        """Let a hash in again; False if it was not blocked."""
        found = await self._scribe.write(lambda: self._index.unblock(blob_id))
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

        await self._scribe.write(work)

    async def set_facts(self, blob_id: BlobId, body: bytes) -> None:
        """Remember what is known of a blob's content, if it is still here."""

        def work() -> None:
            if self._blobs.row(blob_id) is not None:
                self._index.set_facts(blob_id, body)

        await self._scribe.write(work)

    def facts(self, blob_ids: Sequence[BlobId]) -> dict[str, bytes]:
        """Return what is known of the content of some blobs."""
        return self._index.facts(blob_ids)

    def page(self, pubkey: str, span: Span) -> list[Upload] | None:
        """Return an owner's blobs, newest first; None if the cursor is not a blob of theirs."""
        return self._index.page(pubkey, span)

    def lifetime(self, media_type: str) -> int | None:
        """Return how many seconds an upload of a type stays after it was last read."""
        return next(
            (seconds for kind, seconds in self.limits.expire if fnmatchcase(media_type, kind)),
            None,
        )

    def sunset(self, info: BlobInfo) -> float | None:
        """Return when a blob that is read now will go unless it is read again; None: never."""
        seconds = self.lifetime(info.media_type) if self.limits.expire else None
        if seconds is None:
            return None
        row = self._blobs.row(info.blob_id)
        return None if row is None or row.made else time.time() + seconds

    async def watch(self) -> None:
        """Remove what has expired for as long as the server runs."""
        while self.limits.expire:
            try:
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
            seconds = self.lifetime(info.media_type)
            if seconds is not None and used_at < now - seconds:
                async with self._alone(info.blob_id):
                    await self._drop(info.blob_id)
                removed += 1
        return removed

    def _alone(self, blob_id: str) -> asyncio.Lock:
        return self._locks.setdefault(blob_id, asyncio.Lock())

    def _check_quota(self, pubkey: str, size: int) -> None:
        limits, mine = self.limits, self._index.usage(pubkey)
        if limits.key_blobs is not None and mine.blobs >= limits.key_blobs:
            raise TooMany(f"you have {mine.blobs} blobs here, and may have no more")
        if limits.key_bytes is not None and mine.bytes + size > limits.key_bytes:
            raise TooMany(f"you may have {limits.key_bytes} bytes here, and have {mine.bytes}")
        if limits.all_bytes is not None and (
            self._index.usage(None).bytes + size > limits.all_bytes
        ):
            raise StoreFull("there is no room for more uploads here")

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

    async def _drop_unowned(self, blob_id: BlobId) -> None:
        row = self._blobs.row(blob_id)
        if row is not None and not row.made and not self._index.has_owner(blob_id):
            await self._drop(blob_id)

    async def _drop(self, blob_id: BlobId) -> None:
        """Remove row and bytes, unless they are of ours."""
        row = self._blobs.row(blob_id)
        if row is not None and row.made:
            return
        await self._scribe.write(lambda: self._blobs.forget(blob_id))
        self._vault.forget(blob_id)
        # Something of ours may have made the same bytes meanwhile.
        row = self._blobs.row(blob_id)
        if row is None or not row.present:
            self.store.remove(blob_id)

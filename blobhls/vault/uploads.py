"""Blobs that clients upload: admission, storage, owners, removal and expiry."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobMissing, Forbidden
from blobhls.index.ledger.uploads import OPERATOR, Report, Span, Upload, UploadIndex
from blobhls.store.base import OpenBlob
from blobhls.vault.block_list import BlockList
from blobhls.vault.received_body import ReceivedBody
from blobhls.vault.repository import BlobRepository
from blobhls.vault.upload_limits import UploadLimits
from blobhls.vault.vault import Vault

_log: Final = logging.getLogger(__name__)

_LOOK: Final = 60  # seconds between two searches for expired blobs
_UNBOUNDED: Final = frozenset({OPERATOR})


class StoredUpload(msgspec.Struct, frozen=True):
    """An upload that is stored."""

    upload: Upload
    is_new: bool  # its bytes were not here before


class Uploads:
    """Stores the blobs that clients upload, and their owners. To be used from one event loop.

    Methods that read or write the index raise `IndexBusy` or `IndexOffline`.
    """

    def __init__(
        self,
        vault: Vault,
        repository: BlobRepository,
        uploads: UploadIndex,
        block_list: BlockList,
        limits: UploadLimits,
    ) -> None:
        self._vault = vault
        self._repository = repository
        self._index = repository.index
        self._blobs = repository.blobs
        self._uploads = uploads
        self._block_list = block_list
        self.limits: Final = limits

    def staging(self) -> Path:
        """Return a new path, not yet existing, where a body may be written."""
        return self._repository.staging()

    def path(self, blob_id: BlobId) -> Path:
        """Return the path of the bytes of a blob, for a worker to read."""
        return self._repository.path(blob_id)

    async def admit(
        self, pubkey: str, size: int | None, media_type: str | None, blob_id: str | None
    ) -> None:
        """Check whether an upload is allowed, as far as its facts are known; None: not known yet.

        Raises `Forbidden`, `TooLarge`, `TypeRefused`, `TooMany` or `StoreFull`. For `OPERATOR`
        only blocked hashes are forbidden.
        """
        await self._index.lookup(self._admit, pubkey, size, media_type, blob_id)

    async def store(
        self, body: ReceivedBody, media_type: str, pubkey: str, *, pinned: bool = True
    ) -> StoredUpload:
        """Store a body for an owner; it is durable on return.

        Raises `Forbidden`, `TooLarge`, `TypeRefused`, `TooMany` or `StoreFull`.

        `pinned=False`: it has no owner and may be evicted. If cancelled after writing has begun,
        the blob may still be stored.
        """
        await self.admit(pubkey, body.size, media_type, body.blob_id)
        info = BlobInfo(body.blob_id, body.size, media_type)
        note = partial(self._note, info, pubkey, pinned=pinned)
        return await self._repository.add(body.content, info, note)

    async def add_owner(self, blob_id: BlobId, pubkey: str) -> Upload | None:
        """Make a key an owner of a blob whose bytes are here; None if they are not.

        Raises `Forbidden`, `TooLarge`, `TypeRefused`, `TooMany` or `StoreFull`.
        """
        await self.admit(pubkey, None, None, blob_id)
        found = await self._vault.present(blob_id)
        if found is None:
            return None
        found.close()
        return await self._index.write(self._note_owner, found.info, pubkey)

    async def set_type(self, blob_id: BlobId, media_type: str) -> None:
        """Correct the type that a client gave a blob; a rendered blob keeps its own."""
        write = partial(self._blobs.set_type, blob_id, media_type)
        await self._repository.change(blob_id, write)

    async def present(self, blob_id: BlobId) -> OpenBlob | None:
        """Return the blob if its bytes are here, else None."""
        return await self._vault.present(blob_id)

    async def remove(self, blob_id: BlobId, pubkey: str) -> None:
        """End the ownership of a blob, and delete the blob with its last owner.

        A blob that was rendered here, or is needed by a sealed title, stays. Raises
        `BlobMissing`, or `Forbidden` if the key is no owner.
        """
        if await self._repository.row(blob_id) is None:
            raise BlobMissing(blob_id)
        if not await self._repository.change(blob_id, partial(self._disown, blob_id, pubkey)):
            raise Forbidden("this blob is not yours to delete")

    async def report(self, reports: Sequence[Report], *, everything: bool = False) -> None:
        """Store reports for the operator: of blobs that are here, or all if `everything`.

        Raises `BlobMissing` if none of them was stored.
        """
        if not await self._index.write(self._report, reports, everything=everything):
            raise BlobMissing(reports[0].blob_id)

    async def set_facts(self, blob_id: BlobId, body: bytes) -> None:
        """Store facts of a blob's content, if the blob is still here."""
        await self._index.write(self._set_facts, blob_id, body)

    async def facts(self, blob_ids: Sequence[BlobId]) -> Mapping[str, bytes]:
        """Return the stored facts of the content of some blobs."""
        ask = self._index.lookup if len(blob_ids) == 1 else self._index.read
        return await ask(self._uploads.facts, blob_ids)

    async def page(self, pubkey: str, span: Span) -> list[Upload] | None:
        """Return an owner's blobs, newest first; None if the cursor is no blob of this owner."""
        return await self._index.read(self._uploads.page, pubkey, span)

    async def sunset(self, info: BlobInfo) -> float | None:
        """Return when a blob that is read now expires unless it is read again; None: never."""
        seconds = self.limits.lifetime(info.media_type) if self.limits.expire else None
        if seconds is None:
            return None
        expires = await self._index.lookup(self._uploads.may_expire, info.blob_id)
        return time.time() + seconds if expires else None

    async def watch(self) -> None:
        """Remove expired blobs and refresh the block list, for as long as the server runs."""
        while True:
            try:
                await self._block_list.refresh()
                if self.limits.expire:
                    await self.expire()
            except Exception:  # a failed round must not end the watch
                _log.exception("could not remove expired blobs")
            await asyncio.sleep(_LOOK)

    async def expire(self) -> int:
        """Remove uploads whose lifetime has passed since the last read; return how many."""
        await self._repository.touch()
        now, removed = time.time(), 0
        soonest = min((seconds for _, seconds in self.limits.expire), default=0)
        async for batch in self._index.batches(self._uploads.expirable(now - soonest)):
            for info, used_at in batch:
                seconds = self.limits.lifetime(info.media_type)
                if seconds is not None and used_at < now - seconds:
                    removed += await self._expire_one(info.blob_id, now - seconds)
        return removed

    async def _expire_one(self, blob_id: BlobId, before: float) -> bool:
        """Remove a blob, unless it was read or uploaded again meanwhile."""

        def work() -> bool:
            used_at = self._uploads.used_at(blob_id)
            if used_at is None or used_at >= before:
                return False
            self._delete_unless_made(blob_id)
            return True

        await self._repository.touch()
        return await self._repository.change(blob_id, work)

    def _admit(
        self, pubkey: str, size: int | None, media_type: str | None, blob_id: str | None
    ) -> None:
        if blob_id is not None and blob_id in self._block_list:
            raise Forbidden("this blob was removed and is not accepted again")
        if pubkey in _UNBOUNDED:
            return
        self.limits.check_blob(size, media_type)
        if not self.limits.has_quota:
            return
        if blob_id is None or self._uploads.owned_since(BlobId(blob_id), pubkey) is None:
            self.limits.check_quota(self._uploads.usage, pubkey, size or 0)

    def _note(self, info: BlobInfo, pubkey: str, *, pinned: bool) -> StoredUpload:
        """Write the row and owner of a blob whose bytes are in the store, in a transaction.

        It is admitted once more: the same owner may have uploaded other blobs since.
        """
        now = time.time()
        self._admit(pubkey, info.size, info.media_type, info.blob_id)
        before = self._blobs.row(info.blob_id)
        self._blobs.add(info, pinned=pinned, now=now, made=False)
        since = self._uploads.own(info.blob_id, pubkey, int(now)) if pinned else int(now)
        # Its type stays that of the first upload.
        known = info if before is None else before.info
        return StoredUpload(Upload(known, since), is_new=before is None or not before.present)

    def _note_owner(self, info: BlobInfo, pubkey: str) -> Upload | None:
        """Write another owner, in a transaction; None if the bytes were removed meanwhile."""
        row = self._blobs.row(info.blob_id)
        if row is None or not row.present:
            return None
        return self._note(info, pubkey, pinned=True).upload

    def _disown(self, blob_id: BlobId, pubkey: str) -> bool:
        """Delete an owner, and with the last one the row, in a transaction."""
        if not self._uploads.disown(blob_id, pubkey):
            return False
        if not self._uploads.has_owner(blob_id):
            self._delete_unless_made(blob_id)
        return True

    def _delete_unless_made(self, blob_id: BlobId) -> None:
        """Delete the row of a blob that was not rendered here, in a transaction."""
        row = self._blobs.row(blob_id)
        if row is not None and not row.made:
            self._blobs.delete(blob_id)

    def _report(self, reports: Sequence[Report], *, everything: bool) -> bool:
        """Write reports, in a transaction; False if none of them is of a blob that is here."""
        kept = [each for each in reports if everything or self._blobs.row(BlobId(each.blob_id))]
        for report in kept:
            self._uploads.report(report)
        return bool(kept)

    def _set_facts(self, blob_id: BlobId, body: bytes) -> None:
        if self._blobs.row(blob_id) is not None:
            self._uploads.set_facts(blob_id, body)

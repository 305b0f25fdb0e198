"""Hashes that the operator blocks, whether their bytes are uploaded, pulled or rendered."""

from __future__ import annotations

import logging
import time
from typing import Final

from blobhls.blob import BlobId
from blobhls.index.ledger.uploads import UploadIndex
from blobhls.vault.repository import BlobRepository

_log: Final = logging.getLogger(__name__)


class BlockList:
    """Blocked hashes: in memory for every request, and in the index. For one event loop.

    Empty until `refresh` was called.
    """

    def __init__(self, repository: BlobRepository, uploads: UploadIndex) -> None:
        self._repository = repository
        self._uploads = uploads
        self._blocked: frozenset[str] = frozenset()

    def __contains__(self, blob_id: str) -> bool:
        """Say whether a hash is blocked. May be called from any thread."""
        return blob_id in self._blocked

    async def refresh(self) -> None:
        """Read the blocked hashes from the index, where other processes block hashes too."""
        blocked = frozenset(await self._repository.index.read(self._uploads.blocked))
        added, self._blocked = blocked - self._blocked, blocked
        for blob_id in added:
            self._repository.invalidate(BlobId(blob_id))

    async def block(self, blob_id: BlobId, reason: str) -> bool:
        """Block a hash and remove its blob from all owners; False if the blob was not here.

        A blob that this server rendered is hidden and its bytes stay: they may be needed once the
        hash is unblocked.
        """
        now = int(time.time())

        def work() -> bool:
            self._uploads.block(blob_id, reason, now)
            row = self._repository.blobs.row(blob_id)
            if row is not None and not row.made:
                self._repository.blobs.delete(blob_id)
            return row is not None

        was_here = await self._repository.change(blob_id, work)
        self._blocked |= {blob_id}
        self._repository.invalidate(blob_id)
        _log.warning("blob %s is blocked: %s", blob_id, reason)
        return was_here

    async def unblock(self, blob_id: BlobId) -> bool:
        """Unblock a hash; False if it was not blocked."""
        found = await self._repository.index.write(self._uploads.unblock, blob_id)
        self._blocked -= {blob_id}
        return found

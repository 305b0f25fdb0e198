"""Reports and blocked blobs, for the operator. A running server follows within a minute."""

from __future__ import annotations

import time
from collections.abc import Sequence

from blobhls.app.services import opened_storage
from blobhls.blob import BlobId
from blobhls.errors import BadRequest
from blobhls.index.ledger.uploads import Report
from blobhls.settings import Settings


def reports(settings: Settings) -> tuple[list[Report], dict[str, str]]:
    """Return every report, newest first, and every blocked blob with the reason."""
    with opened_storage(settings) as storage:
        return storage.uploads.reports(), storage.uploads.blocked()


def block(settings: Settings, names: Sequence[str], reason: str) -> int:
    """Block blobs and remove their bytes; return how many were here.

    The bytes of what this server made stay: they may be needed once the blob is unblocked.
    """
    blob_ids = [_blob_id(name) for name in names]
    with opened_storage(settings) as storage:
        rows = [storage.blobs.row(blob_id) for blob_id in blob_ids]
        with storage.db.transaction():
            for blob_id, row in zip(blob_ids, rows, strict=True):
                storage.uploads.block(blob_id, reason, int(time.time()))
                if row is not None and not row.made:
                    storage.blobs.forget(blob_id)
        for row in rows:
            if row is not None and not row.made:
                storage.store.remove(row.info.blob_id)
    return sum(row is not None for row in rows)


def unblock(settings: Settings, names: Sequence[str]) -> int:
    """Let blobs in again; return how many were blocked."""
    blob_ids = [_blob_id(name) for name in names]
    with opened_storage(settings) as storage:
        return sum(storage.uploads.unblock(blob_id) for blob_id in blob_ids)


def _blob_id(name: str) -> BlobId:
    try:
        return BlobId.parse(name.partition(".")[0])
    except ValueError as error:
        raise BadRequest(f"{name!r}: {error}") from error

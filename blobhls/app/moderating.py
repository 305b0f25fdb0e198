"""Reports and blocked blobs, for the operator. A running server follows within a minute."""

from __future__ import annotations

import time
from collections.abc import Sequence

from blobhls.app.station import opened_shelf
from blobhls.blob import BlobId
from blobhls.errors import BadRequest
from blobhls.index.uploads import Report
from blobhls.settings import Settings


def reports(settings: Settings) -> tuple[list[Report], dict[str, str]]:
    """Return every report, newest first, and every blocked blob with the reason."""
    with opened_shelf(settings) as shelf:
        return shelf.uploads.reports(), shelf.uploads.blocked()


def block(settings: Settings, names: Sequence[str], reason: str) -> int:
    """Block blobs and remove their bytes; return how many were here.

    The bytes of what this server made stay: they may be needed once the blob is unblocked.
    """
    blob_ids = [_blob_id(name) for name in names]
    with opened_shelf(settings) as shelf:
        rows = [shelf.blobs.row(blob_id) for blob_id in blob_ids]
        with shelf.db.transaction():
            for blob_id, row in zip(blob_ids, rows, strict=True):
                shelf.uploads.block(blob_id, reason, int(time.time()))
                if row is not None and not row.made:
                    shelf.blobs.forget(blob_id)
        for row in rows:
            if row is not None and not row.made:
                shelf.store.remove(row.info.blob_id)
    return sum(row is not None for row in rows)


def unblock(settings: Settings, names: Sequence[str]) -> int:
    """Let blobs in again; return how many were blocked."""
    blob_ids = [_blob_id(name) for name in names]
    with opened_shelf(settings) as shelf:
        return sum(shelf.uploads.unblock(blob_id) for blob_id in blob_ids)


def _blob_id(name: str) -> BlobId:
    try:
        return BlobId.parse(name.partition(".")[0])
    except ValueError as error:
        raise BadRequest(f"{name!r}: {error}") from error

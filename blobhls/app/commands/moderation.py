"""Reports and blocked blobs, for the operator. A running server applies them within a minute."""

from __future__ import annotations

from collections.abc import Sequence

from blobhls.app.commands.common import run_on_storage
from blobhls.app.services import Storage, open_storage
from blobhls.blob import BlobId
from blobhls.errors import BadRequest
from blobhls.index.ledger.uploads import Report
from blobhls.settings import Settings
from blobhls.vault import BlockList


def reports(settings: Settings) -> tuple[list[Report], dict[str, str]]:
    """Return every report, newest first, and every blocked blob with the reason."""
    with open_storage(settings) as storage:
        return storage.uploads.reports(), storage.uploads.blocked()


def block(settings: Settings, names: Sequence[str], reason: str) -> int:
    """Block blobs and remove their bytes; return how many were here.

    The bytes of rendered blobs stay: they may be needed once the blob is unblocked.
    """
    blob_ids = [_blob_id(name) for name in names]

    async def work(storage: Storage) -> int:
        block_list = BlockList(storage.repository, storage.uploads)
        return sum([await block_list.block(blob_id, reason) for blob_id in blob_ids])

    return run_on_storage(settings, work)


def unblock(settings: Settings, names: Sequence[str]) -> int:
    """Unblock blobs; return how many were blocked."""
    blob_ids = [_blob_id(name) for name in names]

    async def work(storage: Storage) -> int:
        block_list = BlockList(storage.repository, storage.uploads)
        return sum([await block_list.unblock(blob_id) for blob_id in blob_ids])

    return run_on_storage(settings, work)


def _blob_id(name: str) -> BlobId:
    try:
        return BlobId.parse(name.partition(".")[0])
    except ValueError as error:
        raise BadRequest(f"{name!r}: {error}") from error

"""fsck: makes the index agree with the files of the store."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

import msgspec

from blobhls.blob import BlobId
from blobhls.errors import BlobMissing
from blobhls.index.ledger.blobs import BlobRow
from blobhls.store.base import BlobStore
from blobhls.vault.repository import BlobRepository

_READ: Final = 1 << 20

ProgressCallback = Callable[[int, int, str], None]


class Repairs(msgspec.Struct):
    """What was found and repaired."""

    checked: int = 0
    missing: int = 0  # rows without bytes; rendered again on request, if possible
    damaged: int = 0  # removed: bytes that did not match their name
    orphaned: int = 0  # removed: files without a row
    unfinished: int = 0  # removed: files of crashed writers
    lost: tuple[BlobId, ...] = ()  # missing or damaged, and without a recipe


async def check_blobs(
    repository: BlobRepository,
    *,
    check_hashes: bool,
    progress: ProgressCallback = lambda *_: None,
) -> Repairs:
    """Repair rows without files, files without rows, and bytes that don't match their name.

    `check_hashes` reads every byte. `progress` is called in a thread. The row of a blob that a
    recipe can render again stays.
    """
    found = Repairs(unfinished=await asyncio.to_thread(repository.store.sweep))
    rows = await repository.index.read(lambda: list(repository.blobs.present()))
    kept: set[str] = set()

    def damaged_ids() -> Iterator[BlobId]:
        for number, row in enumerate(rows):
            progress(number, len(rows), row.info.blob_id[:12])
            if _is_whole(repository.store, row, check_hashes=check_hashes, found=found):
                kept.add(row.info.blob_id)
            else:
                yield row.info.blob_id

    for blob_id in await asyncio.to_thread(lambda: list(damaged_ids())):
        await _repair(repository, blob_id, found)
    stored = await asyncio.to_thread(lambda: list(repository.store.ids()))
    for blob_id in stored:
        if blob_id not in kept:
            await repository.change(blob_id, _write_nothing)
            found.orphaned += 1
    progress(len(rows), len(rows), "")
    return found


def _is_whole(store: BlobStore, row: BlobRow, *, check_hashes: bool, found: Repairs) -> bool:
    found.checked += 1
    try:
        size = store.stat(row.info.blob_id)
    except BlobMissing:
        found.missing += 1
        return False
    whole = size == row.info.size
    if whole and check_hashes:
        try:
            with store.open(row.info.blob_id) as file:
                whole = _hash(file) == row.info.blob_id
        except OSError:  # the disk can't read it any more
            whole = False
    found.damaged += not whole
    return whole


def _hash(file: BinaryIO) -> str:
    hasher = hashlib.sha256()
    while data := file.read(_READ):
        hasher.update(data)
    return hasher.hexdigest()


async def _repair(repository: BlobRepository, blob_id: BlobId, found: Repairs) -> None:
    is_bound = await repository.index.lookup(repository.blobs.is_bound, blob_id)
    await repository.drop(blob_id, keep_row=is_bound)
    if not is_bound:
        found.lost = (*found.lost, blob_id)


def _write_nothing() -> None:
    """Write nothing: `change` then removes the bytes, which have no row."""

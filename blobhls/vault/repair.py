"""fsck: what the index says and what the disk holds are made to agree."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import BinaryIO, Final

import msgspec

from blobhls.blob import BlobId
from blobhls.errors import BlobMissing
from blobhls.index.ledger.blobs import BlobIndex, BlobRow
from blobhls.store.base import BlobStore

_READ: Final = 1 << 20


class Repairs(msgspec.Struct):
    """What was found and mended."""

    checked: int = 0
    missing: int = 0  # rows whose bytes were not there; made again when asked for, if possible
    damaged: int = 0  # bytes that did not match their name, removed
    orphaned: int = 0  # files without a row, removed
    unfinished: int = 0  # files of crashed writers, removed
    lost: tuple[BlobId, ...] = ()  # missing or damaged, and nothing can make them again


def check(
    store: BlobStore,
    index: BlobIndex,
    *,
    check_hashes: bool,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> Repairs:
    """Find and mend: rows without files, files without rows, bytes that don't match their name.

    `check_hashes` reads every byte. Nothing that a recipe can make again is lost.
    """
    found = Repairs(unfinished=store.sweep())
    rows = list(index.present())
    kept: set[str] = set()
    for number, row in enumerate(rows):
        progress(number, len(rows), row.info.blob_id[:12])
        found.checked += 1
        if _is_whole(store, row, check_hashes=check_hashes, found=found):
            kept.add(row.info.blob_id)
        else:
            _mend(store, index, row, found)
    for blob_id in list(store.ids()):
        if blob_id not in kept:
            store.remove(blob_id)
            found.orphaned += 1
    progress(len(rows), len(rows), "")
    return found


def _is_whole(store: BlobStore, row: BlobRow, *, check_hashes: bool, found: Repairs) -> bool:
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


def _mend(store: BlobStore, index: BlobIndex, row: BlobRow, found: Repairs) -> None:
    blob_id = row.info.blob_id
    store.remove(blob_id)
    if index.is_bound(blob_id):
        index.set_absent(blob_id)
    else:
        index.forget(blob_id)
        found.lost = (*found.lost, blob_id)

"""Listing reports and blocking blobs without a running server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from blobhls.app.commands.moderation import block, reports, unblock
from blobhls.app.services import open_storage
from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BadRequest, BlobMissing
from blobhls.index.ledger.uploads import Report
from blobhls.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A library of nothing."""
    flags = {"target_path": tmp_path, "db": tmp_path / "i.db", "cache_path": tmp_path / "blobs"}
    return load({name: str(path) for name, path in flags.items()}, {})


def keep(settings: Settings, data: bytes, *, made: bool) -> BlobId:
    """Have a blob in store and index."""
    with open_storage(settings) as storage:
        blob_id = storage.store.put(data)
        info = BlobInfo(blob_id, len(data), "text/plain")
        storage.blobs.add(info, pinned=True, now=time.time(), made=made)
        if not made:
            storage.uploads.own(blob_id, "ab" * 32, 1)
    return blob_id


def test_a_blocked_upload_is_gone_with_its_owners(settings: Settings) -> None:
    blob_id = keep(settings, b"bad", made=False)
    assert block(settings, [f"{blob_id}.txt", "cd" * 32], "spam") == 1
    assert reports(settings)[1] == {str(blob_id): "spam", "cd" * 32: "spam"}
    with open_storage(settings) as storage:
        assert storage.blobs.row(blob_id) is None
        assert storage.uploads.usage(None).blobs == 0
        with pytest.raises(BlobMissing):
            storage.store.stat(blob_id)


def test_the_bytes_of_a_blocked_blob_of_ours_stay(settings: Settings) -> None:
    blob_id = keep(settings, b"ours", made=True)
    assert block(settings, [blob_id], "mistake") == 1
    assert unblock(settings, [blob_id]) == 1
    assert unblock(settings, [blob_id]) == 0
    with open_storage(settings) as storage:
        assert storage.store.stat(blob_id) == 4


def test_reports_come_newest_first(settings: Settings) -> None:
    with open_storage(settings) as storage:
        for at in (1, 3, 2):
            storage.uploads.report(Report(f"{at}", "ef" * 32, "ab" * 32, "spam", "why", at))
    assert [report.reported_at for report in reports(settings)[0]] == [3, 2, 1]


def test_what_is_no_hash_blocks_nothing(settings: Settings) -> None:
    with pytest.raises(BadRequest):
        block(settings, ["ab" * 32, "film.mkv"], "typo")
    assert reports(settings)[1] == {}

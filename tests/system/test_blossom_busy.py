"""While another process writes to the index, blobs are read, and writes are told to come back."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from tests.system.blossom import assert_refused, empty_home, staged, stored, token
from tests.system.inprocess import inside
from tests.system.server import Home

_BUSY_TIMEOUT = 1  # seconds that a write waits
_SMALL = b"a small blob"
_LARGE = bytes(300_000)
_NEW = b"a blob that comes while the index is locked"


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold the lock that every writer needs."""
    with closing(sqlite3.connect(home.db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_lock_on_the_index_stops_no_reader_and_leaves_nothing_of_an_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blobhls.index.database._BUSY_TIMEOUT", _BUSY_TIMEOUT)
    home = empty_home(tmp_path)
    with inside(home) as server:
        blobs = {BlobId.of(data): data for data in (_SMALL, _LARGE)}
        for blob_id, data in blobs.items():
            answer = server.client.put("/upload", content=data, headers=token("upload", blob_id))
            assert answer.status_code == 201
        before = stored(home)
    # Opened again: no blob is in memory, and the index has to be asked.
    with inside(home) as server, locked(home):
        begin = time.monotonic()
        for _ in range(2):
            for blob_id, data in blobs.items():
                assert server.client.get(f"/{blob_id}").content == data
                assert server.client.head(f"/{blob_id}").status_code == 200
        assert server.client.get(f"/{BlobId.of(b'unknown')}").status_code == 404
        assert time.monotonic() - begin < _BUSY_TIMEOUT
        for data in (_NEW, bytes(100_000)):
            headers = token("upload", BlobId.of(data))
            answer = server.client.put("/upload", content=data, headers=headers)
            assert_refused(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
        gone = server.client.delete(
            f"/{BlobId.of(_SMALL)}", headers=token("delete", BlobId.of(_SMALL))
        )
        assert_refused(gone, 503)
        assert server.client.get(f"/{BlobId.of(_SMALL)}").content == _SMALL
        assert stored(home) == before
        assert staged(home) == []
    with inside(home) as server:
        headers = token("upload", BlobId.of(_NEW))
        assert server.client.put("/upload", content=_NEW, headers=headers).status_code == 201

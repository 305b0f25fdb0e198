"""Uploads that are not read expire, and `Sunset` announces it (BUD-01)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from tests.system.blossom import assert_refused, empty_home, listed, stored, uploaded
from tests.system.server import Home, Server, until

_DAY = 86_400
_FLAGS = ("--upload-access", "open", "--expire", "text/*=1d,video/*=30d")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return empty_home(tmp_path_factory.mktemp("expiry"))


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[Server]:
    with home.serving(*_FLAGS) as server:
        yield server


def sunset(answer: httpx.Response) -> float:
    """Return the seconds until a blob goes."""
    return parsedate_to_datetime(answer.headers["sunset"]).timestamp() - time.time()


@pytest.mark.parametrize(("kind", "days"), [("text/plain", 1), ("video/mp4", 30)])
@pytest.mark.parametrize("size", [5, 100_000])
def test_a_blob_that_will_go_says_when(server: Server, kind: str, days: int, size: int) -> None:
    blob_id = uploaded(server, kind.encode() + bytes(size), kind)
    for method, headers, status in (
        ("GET", {}, 200),
        ("HEAD", {}, 200),
        ("GET", {"Range": "bytes=0-1"}, 206),
        ("GET", {"If-None-Match": "*"}, 304),
    ):
        answer = server.client.request(method, f"/{blob_id}", headers=headers)
        assert answer.status_code == status
        assert sunset(answer) == pytest.approx(days * _DAY, abs=120)
        assert "Sunset" in answer.headers.get("access-control-expose-headers", "")


def test_a_blob_that_stays_says_nothing(server: Server) -> None:
    blob_id = uploaded(server, b"stays", "image/png")
    assert "sunset" not in server.get(f"/{blob_id}").headers


def test_a_blob_that_was_not_read_for_its_lifetime_is_gone(tmp_path: Path) -> None:
    home = empty_home(tmp_path)
    with home.serving(*_FLAGS) as server:
        old = uploaded(server, b"old", "text/plain")
        read = uploaded(server, b"read", "text/plain")
        picture = uploaded(server, b"picture", "image/png")
    with sqlite3.connect(home.db) as db:
        week_ago = time.time() - 7 * _DAY
        db.execute("UPDATE blobs SET used_at = ? WHERE blob_id != ?", (week_ago, read))
    db.close()
    with home.serving(*_FLAGS) as server:
        until(lambda: old not in stored(home), "an old blob that goes")
        assert_refused(server.get(f"/{old}"), 404)
        assert set(listed(server)) == {read, picture}
        assert server.body(f"/{read}") == b"read"

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from blobhls.blob import BlobId
from blobhls.index import database
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.names.folders import path_id

Client = TestClient[Litestar]
HEAT = path_id("Heat (1995)/Heat.mkv")
PILOT = path_id("TV/Lost/Season 01/S01E01 - Pilot.mkv")


class Home(Protocol):
    catalogue: Catalogue


def url(video_id: str) -> str:
    return f"/api/v1/video/{video_id}/progress"


def test_progress_is_saved_read_and_forgotten(client: Client) -> None:
    assert client.get(url(HEAT)).status_code == 404
    saved = client.put(url(HEAT), json={"position": 12.5})
    assert saved.status_code == 200
    assert saved.json() == {
        "position": 12.5,
        "duration": None,
        "finished": False,
        "updated_at": 1001.0,
        "resume": 12.5,
    }
    assert client.get(url(HEAT)).json() == saved.json()
    for _ in range(2):
        assert client.delete(url(HEAT)).status_code == 204
    assert client.get(url(HEAT)).status_code == 404


def test_a_position_past_the_end_is_the_end(client: Client, home: Home) -> None:
    home.catalogue.bind_source("Heat (1995)/Heat.mkv", "source", 100.0)
    saved = client.put(url(HEAT), json={"position": 5000}).json()
    assert (saved["position"], saved["finished"]) == (100.0, True)


@pytest.mark.parametrize(
    "body",
    [
        b'{"position": -1}',
        b'{"position": -0.001}',
        b'{"position": NaN}',
        b'{"position": Infinity}',
        b'{"position": 1e7}',
        b'{"position": 1e999}',
        b'{"position": "5"}',
        b'{"position": true}',
        b'{"position": null}',
        b'{"position": [1]}',
        b"{}",
        b"",
        b"null",
        b"[]",
        b"nonsense",
        b"\xff\xfe",
        b'{"position": 5',
        b"[" * 4000,
    ],
)
def test_a_senseless_position_is_a_bad_request_and_saves_nothing(
    client: Client, body: bytes
) -> None:
    answer = client.put(url(HEAT), content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert answer.headers["X-Reason"]
    assert client.get(url(HEAT)).status_code == 404


def test_a_huge_body_is_refused(client: Client) -> None:
    answer = client.put(url(HEAT), content=b'{"position": 1' + b" " * 5000 + b"}")
    assert answer.status_code == 413
    assert answer.json()["status_code"] == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_progress_of_an_unknown_video_is_not_found(client: Client, method: str) -> None:
    answer = client.request(method, url("unknown"), json={"position": 1})
    assert answer.status_code == 404
    assert "unknown" in answer.json()["detail"]


def test_the_history_has_the_latest_first_and_what_is_finished(client: Client, home: Home) -> None:
    home.catalogue.bind_source("Heat (1995)/Heat.mkv", "source", 100.0)
    poster = BlobId.of(b"poster")
    home.catalogue.set_artwork(path_id("TV/Lost"), "thumbnail", poster)
    client.put(url(HEAT), json={"position": 95})
    client.put(url(PILOT), json={"position": 10})
    answer = client.get("/api/v1/history")
    pilot, heat = answer.json()
    assert answer.headers["X-Total-Count"] == "2"
    assert pilot == {
        "id": PILOT,
        "show_id": path_id("TV/Lost"),
        "kind": "series",
        "title": "Pilot",
        "show_title": "Lost",
        "index": "S01E01",
        "thumbnail": f"/{poster}.jpg",
        "still": f"/{poster}.jpg",
        "progress": {
            "position": 10.0,
            "duration": None,
            "finished": False,
            "updated_at": 1002.0,
            "resume": 10.0,
        },
    }
    assert (heat["id"], heat["index"], heat["progress"]["finished"]) == (HEAT, "", True)
    assert [item["id"] for item in client.get("/api/v1/history?limit=1&offset=1").json()] == [HEAT]


def test_a_still_is_the_widest_picture_that_there_is(client: Client, home: Home) -> None:
    home.catalogue.bind_source("Heat (1995)/Heat.mkv", "source", 100.0)
    poster, wide = BlobId.of(b"poster"), BlobId.of(b"wide")
    home.catalogue.set_artwork(HEAT, "thumbnail", poster)
    client.put(url(HEAT), json={"position": 50})
    (heat,) = client.get("/api/v1/history/continue").json()
    assert heat["thumbnail"] == heat["still"] == f"/{poster}.jpg"
    home.catalogue.set_artwork(HEAT, "banner", wide)
    (heat,) = client.get("/api/v1/history/continue").json()
    assert (heat["thumbnail"], heat["still"]) == (f"/{poster}.jpg", f"/{wide}.jpg")


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "offset=-1"])
def test_a_bad_page_of_the_history_is_a_bad_request(client: Client, query: str) -> None:
    assert client.get(f"/api/v1/history?{query}").status_code == 400


def test_while_another_program_writes_reading_goes_on_and_writing_may_be_tried_again(
    client: Client, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_TIMEOUT", 0.1)
    with closing(sqlite3.connect(tmp_path / "index.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for method in ("PUT", "DELETE"):
            answer = client.request(method, url(HEAT), json={"position": 1})
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/api/v1/history").json() == []
        assert len(client.get("/api/v1/shows").json()) == 3
        assert client.get(url(HEAT)).status_code == 404
    assert client.put(url(HEAT), json={"position": 1}).status_code == 200

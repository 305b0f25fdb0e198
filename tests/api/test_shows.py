from __future__ import annotations

from typing import Any, Protocol

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from blobhls.blob import BlobId
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.database import Database
from blobhls.names.folders import path_id
from blobhls.names.nfo import Actor, Details

Client = TestClient[Litestar]
PLACEHOLDER_URL = f"/{BlobId.of(b'placeholder')}.jpg"
PICTURE = BlobId.of(b"picture")


class Home(Protocol):
    catalogue: Catalogue
    db: Database

    def add(self, path: str) -> None: ...
    def scan(self) -> None: ...


def titles(client: Client, query: str = "") -> list[str]:
    return [show["info"]["title"] for show in client.get(f"/api/v1/shows{query}").json()]


def test_shows_have_the_shape_of_the_seed(client: Client) -> None:
    amelie, heat, lost = client.get("/api/v1/shows").json()
    assert amelie["info"].keys() == {"id", "title", "thumbnail", "banner"}
    assert heat == {
        "kind": "movie",
        "info": {
            "id": path_id("Heat (1995)/Heat.mkv"),
            "title": "Heat",
            "thumbnail": PLACEHOLDER_URL,
            "banner": PLACEHOLDER_URL,
        },
        "year": 1995,
        "duration": None,
        "ids": {},
        "artwork": {"backdrop": None, "landscape": None, "logo": None},
        "versions": [
            {
                "id": path_id("Heat (1995)/Heat.mkv"),
                "label": "",
                "duration": None,
                "parts": [{"id": path_id("Heat (1995)/Heat.mkv"), "duration": None}],
            }
        ],
        "extras": [],
        "details": None,
        "added": heat["added"],
    }
    assert (lost["kind"], lost["info"]["id"]) == ("series", path_id("TV/Lost"))
    assert [(item["index"], item["title"]) for item in lost["episodes"]] == [
        ("S01E01", "Pilot"),
        ("S01E02", "Walkabout"),
        ("S02E01-E02", "Episode 1"),
    ]
    assert lost["episodes"][0]["id"] == path_id("TV/Lost/Season 01/S01E01 - Pilot.mkv")


def test_one_show_is_what_the_list_has(client: Client) -> None:
    for show in client.get("/api/v1/shows").json():
        assert client.get(f"/api/v1/shows/{show['info']['id']}").json() == show


def test_pictures_are_blobs_as_soon_as_they_are_made(client: Client, home: Home) -> None:
    home.catalogue.set_artwork(path_id("TV/Lost"), "thumbnail", PICTURE)
    lost = client.get(f"/api/v1/shows/{path_id('TV/Lost')}").json()
    assert lost["info"]["thumbnail"] == f"/{PICTURE}.jpg"
    assert lost["info"]["banner"] == PLACEHOLDER_URL
    assert lost["episodes"][0]["thumbnail"] == f"/{PICTURE}.jpg"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("?search=amelie", ["Amélie"]),
        ("?search=walkab", ["Lost"]),
        ("?search=nothing", []),
        ("?search=%22", []),
        ("?search=", ["Amélie", "Heat", "Lost"]),
        ("?limit=1", ["Amélie"]),
        ("?limit=2&offset=1", ["Heat", "Lost"]),
        ("?offset=9", []),
        ("?kind=movie", ["Amélie", "Heat"]),
        ("?kind=series&limit=1", ["Lost"]),
        ("?kind=movie&search=lost", []),
        ("?kind=movie&search=h", ["Heat"]),
        ("?sort=title&offset=2", ["Lost"]),
    ],
)
def test_the_list_can_be_searched_and_paged(client: Client, query: str, wanted: list[str]) -> None:
    assert titles(client, query) == wanted


def test_the_total_is_told_whatever_the_page(client: Client) -> None:
    assert client.get("/api/v1/shows?limit=1").headers["X-Total-Count"] == "3"
    assert client.get("/api/v1/shows?limit=1&search=lost").headers["X-Total-Count"] == "1"


def test_what_came_last_is_first_by_its_newest_episode(client: Client, home: Home) -> None:
    before = [show["added"] for show in client.get("/api/v1/shows?sort=added").json()]
    assert before == sorted(before, reverse=True)
    home.db.run("UPDATE shows SET added_at = 1000")
    home.add("TV/Lost/Season 02/S02E03.mkv")
    home.scan()
    newest = client.get("/api/v1/shows?sort=added&limit=1").json()[0]
    assert newest["info"]["title"] == "Lost"
    assert newest["added"] >= max(before)


def test_the_total_of_a_kind_is_told_whatever_the_page(client: Client) -> None:
    assert client.get("/api/v1/shows?kind=movie&limit=1").headers["X-Total-Count"] == "2"
    assert client.get("/api/v1/shows?kind=series&search=h").headers["X-Total-Count"] == "0"


def test_a_page_that_has_not_changed_is_not_sent_again(client: Client, home: Home) -> None:
    first = client.get("/api/v1/shows?limit=2")
    again = client.get("/api/v1/shows?limit=2", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-Total-Count"] == "3"
    home.add("Alien (1979).mkv")
    home.scan()
    changed = client.get("/api/v1/shows?limit=2", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json()[0]["info"]["title"] == "Alien"


def test_versions_parts_and_extras_stand_with_their_film(client: Client, home: Home) -> None:
    for name in ("Heat (1995) - 4K.mkv", "Heat-cd1.avi", "Heat-cd2.avi", "trailers/Teaser.mkv"):
        home.add(f"Heat (1995)/{name}")
    home.scan()
    heat = client.get(f"/api/v1/shows/{path_id('Heat (1995)/Heat.mkv')}").json()
    assert [(version["label"], len(version["parts"])) for version in heat["versions"]] == [
        ("", 1),
        ("", 2),
        ("4K", 1),
    ]
    assert [part["id"] for part in heat["versions"][1]["parts"]] == [
        path_id("Heat (1995)/Heat-cd1.avi"),
        path_id("Heat (1995)/Heat-cd2.avi"),
    ]
    assert [(extra["kind"], extra["title"]) for extra in heat["extras"]] == [("trailer", "Teaser")]
    assert titles(client) == ["Amélie", "Heat", "Lost"]


def test_seasons_have_their_own_pictures_or_those_of_the_series(client: Client, home: Home) -> None:
    home.catalogue.set_artwork(path_id("TV/Lost"), "thumbnail", PICTURE)
    lost = client.get(f"/api/v1/shows/{path_id('TV/Lost')}").json()
    assert [(season["season"], season["thumbnail"]) for season in lost["seasons"]] == [
        (1, f"/{PICTURE}.jpg"),
        (2, f"/{PICTURE}.jpg"),
    ]


def test_details_of_an_nfo_file_are_in_the_catalogue(client: Client, home: Home) -> None:
    home.add("Heat (1995)/Heat.nfo")
    home.scan()
    (task,) = home.catalogue.nfo_files.todo(9)
    said = Details(title="Heat!", year=1996, plot="Cops.", actors=(Actor("De Niro", "Neil"),))
    home.catalogue.nfo_files.mark_done(task, said)
    (heat,) = client.get("/api/v1/shows?search=heat").json()
    assert (heat["info"]["title"], heat["year"]) == ("Heat!", 1996)
    assert heat["details"]["plot"] == "Cops."
    assert heat["details"]["actors"] == [{"name": "De Niro", "role": "Neil"}]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=x", "limit=1.5", "limit=", "offset=-1", "offset=x",
     "limit=99999999999999999999999", "offset=99999999999999999999999", "search=" + "x" * 501,
     "kind=episode", "kind=", "sort=newest", "sort="],
)  # fmt: skip
def test_a_bad_page_is_a_bad_request_that_names_the_parameter(client: Client, query: str) -> None:
    answer = client.get(f"/api/v1/shows?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["detail"]


@pytest.mark.parametrize("show_id", ["nothing", "%FF", "..%2f", "a" * 2000])
def test_an_unknown_show_is_not_found(client: Client, show_id: str) -> None:
    answer = client.get(f"/api/v1/shows/{show_id}")
    assert answer.status_code == 404
    assert answer.json()["status_code"] == 404


def test_problems_are_listed_with_names_fit_for_json(client: Client, home: Home) -> None:
    home.add("caf\udce9.mkv")
    home.scan()
    home.catalogue.flag("caf\udce9.mkv", "not a video")
    assert client.get("/api/v1/library/problems").json() == [
        {"path": "café.mkv", "reason": "not a video"}
    ]


def test_the_cache_use_is_in_bytes(client: Client) -> None:
    use = client.get("/api/v1/library/cache").json()
    assert use == {"stored": 30, "limit": None, "evictable": 20}


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/nowhere", 404, "Not Found"),
        ("POST", "/api/v1/shows", 405, "Method Not Allowed"),
        ("GET", "/api/v1/broken", 500, "internal error"),
        ("GET", "/api/v1/offline", 503, "the disk is asleep\r\nSet-Cookie: é"),
    ],
)
def test_every_error_is_json_with_a_reason(
    client: Client, method: str, path: str, status: int, detail: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json() == {"status_code": status, "detail": detail}
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Reason"]
    assert "Set-Cookie" not in answer.headers


def test_an_unexpected_error_is_logged_with_its_trace(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/api/v1/broken")
    (record,) = [record for record in caplog.records if record.name == "blobhls.api.errors"]
    assert record.exc_info is not None
    assert "secret" in str(record.exc_info[1])


def test_what_comes_back_later_says_when(client: Client) -> None:
    assert client.get("/api/v1/offline").headers["Retry-After"] == "60"


def test_openapi_describes_every_path_with_tags_summaries_and_errors(client: Client) -> None:
    paths: dict[str, dict[str, Any]] = client.get("/schema/openapi.json").json()["paths"]
    operations = {
        (method, path): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
        if path not in {"/api/v1/broken", "/api/v1/offline"}
    }
    assert len(operations) == 23
    for (_, path), operation in operations.items():
        assert operation["tags"]
        assert operation["summary"]
        assert operation["description"]
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("404" in operation["responses"]) == ("{" in path or "profile" in names), path
    assert "400" in operations["get", "/api/v1/shows"]["responses"]
    put = operations["put", "/api/v1/video/{video_id}/progress"]
    assert {"200", "400", "404", "413"} <= put["responses"].keys()
    body = put["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["position"]

from __future__ import annotations

from typing import Any, Protocol

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.names.folders import path_id

Client = TestClient[Litestar]
HEAT = path_id("Heat (1995)/Heat.mkv")
LOST = path_id("TV/Lost")
PILOT, WALKABOUT, SECOND = (
    path_id(f"TV/Lost/{name}.mkv")
    for name in ("Season 01/S01E01 - Pilot", "Season 01/S01E02 - Walkabout", "Season 02/S02E01-E02")
)


class Home(Protocol):
    catalogue: Catalogue


@pytest.fixture(autouse=True)
def durations(home: Home) -> None:
    for video_id in (HEAT, PILOT, WALKABOUT, SECOND):
        home.catalogue.bind_source(home.catalogue.video(video_id).path, f"s-{video_id}", 100.0)


def play(client: Client, video_id: str, position: float) -> None:
    saved = client.put(f"/api/v1/video/{video_id}/progress", json={"position": position})
    assert saved.status_code == 200


def ids(client: Client, name: str) -> list[str]:
    return [item["id"] for item in client.get(f"/api/v1/history/{name}").json()]


def progress(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/shows/{LOST}/progress").json()
    return found


def test_home_has_what_to_continue_and_what_comes_next(client: Client) -> None:
    play(client, HEAT, 50)
    play(client, PILOT, 95)
    (begun,) = client.get("/api/v1/history/continue").json()
    assert (begun["id"], begun["progress"]["resume"]) == (HEAT, 50)
    (following,) = client.get("/api/v1/history/next").json()
    assert (following["id"], following["index"], following["progress"]) == (
        WALKABOUT, "S01E02", None
    )  # fmt: skip
    assert following["show_id"] == LOST


def test_both_lists_can_be_dismissed_by_show(client: Client) -> None:
    play(client, HEAT, 50)
    play(client, PILOT, 95)
    assert client.delete(f"/api/v1/history/continue/{HEAT}").status_code == 204
    assert client.delete(f"/api/v1/history/next/{LOST}").status_code == 204
    assert (ids(client, "continue"), ids(client, "next")) == ([], [])
    play(client, WALKABOUT, 50)
    assert ids(client, "continue") == [WALKABOUT]
    assert client.delete("/api/v1/history/next/unknown").status_code == 404


def test_nothing_is_to_be_resumed_at_either_end(client: Client) -> None:
    for position, resume in ((4, None), (5, 5.0), (89, 89.0), (90, None)):
        play(client, HEAT, position)
        assert client.get(f"/api/v1/video/{HEAT}/progress").json()["resume"] == resume


def test_an_episode_a_season_and_a_show_are_marked_by_hand(client: Client) -> None:
    marked = client.put(f"/api/v1/video/{PILOT}/watched")
    assert marked.status_code == 200
    assert (marked.json()["watched"], marked.json()["next"]) == (1, WALKABOUT)
    assert client.put(f"/api/v1/shows/{LOST}/watched?season=1").json()["watched"] == 2
    assert ids(client, "next") == [SECOND]
    whole = client.put(f"/api/v1/shows/{LOST}/watched").json()
    assert (whole["watched"], whole["total"], whole["next"]) == (3, 3, None)
    assert all(entry["finished"] for entry in whole["videos"].values())
    assert client.delete(f"/api/v1/video/{SECOND}/watched").json()["watched"] == 2
    assert client.delete(f"/api/v1/shows/{LOST}/watched?season=1").json()["videos"] == {}
    assert progress(client) == {"watched": 0, "total": 3, "next": None, "videos": {}}


def test_marking_what_does_not_exist_is_not_found(client: Client) -> None:
    for path in ("shows/unknown", "video/unknown"):
        for method in ("PUT", "DELETE"):
            assert client.request(method, f"/api/v1/{path}/watched").status_code == 404
    assert client.get("/api/v1/shows/unknown/progress").status_code == 404
    assert client.put(f"/api/v1/shows/{LOST}/watched?season=-1").status_code == 400


def test_languages_are_remembered_for_the_whole_show(client: Client) -> None:
    def choices(video_id: str) -> dict[str, Any]:
        found: dict[str, Any] = client.get(f"/api/v1/video/{video_id}/choices").json()
        return found

    assert choices(PILOT) == {"audio": None, "subtitles": None}
    wanted = {"audio": {"language": "de", "title": None, "forced": False}, "subtitles": "off"}
    assert client.put(f"/api/v1/video/{PILOT}/choices", json=wanted).json() == wanted
    assert choices(SECOND) == wanted
    assert choices(HEAT)["audio"] is None
    client.put(f"/api/v1/video/{PILOT}/choices", json={"subtitles": {"language": "en"}})
    assert choices(SECOND)["subtitles"]["language"] == "en"


@pytest.mark.parametrize("body", [b'{"audio": "de"}', b'{"subtitles": "on"}', b"[]", b""])
def test_a_senseless_choice_is_a_bad_request(client: Client, body: bytes) -> None:
    assert client.put(f"/api/v1/video/{PILOT}/choices", content=body).status_code == 400

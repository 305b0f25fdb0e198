"""Every page in every size: accessible, and without overflow."""

from __future__ import annotations

import re

import pytest

from tests.web.conftest import FILM, Theatre

SERIES = "Harbour Lights"
SIZES = {"television": (1920, 1080), "laptop": (1366, 768), "telephone": (390, 844)}


@pytest.mark.parametrize("size", SIZES)
def test_no_page_keeps_anybody_out(theatre: Theatre, size: str) -> None:
    width, height = SIZES[size]
    film = theatre.home.video_id(FILM)
    pages = {
        "/": "home-view a",
        "/movies": "title-grid a",
        "/series": "title-grid a",
        "/search?q=nothing": "search-view h1",
        "/profiles": "profiles-view h1",
        "/show/nosuchshow": "[role=alert]",
        f"/show/{theatre.home.video_id(SERIES)}": ".episodes",
        "/search?q=harbour": "title-grid a",
        f"/show/{film}": ".actions .main",
        f"/watch/{film}": "media-play-button",
        "/operator": "seal-list",
    }
    seen = theatre.see("accessible", pages=pages, viewport={"width": width, "height": height})
    assert seen["found"] == []


def test_thousands_of_titles_are_only_drawn_where_they_are_visible(theatre: Theatre) -> None:
    seen = theatre.see("many", count=5000)
    assert seen["words"] == "5,000 titles"
    assert seen["last"] == "Film 4999"
    assert seen["most"] < 300
    assert seen["shifts"] == 0
    assert seen["focused"].startswith("Film ")
    assert not seen["focused"].startswith("Film 0")
    assert seen["complaints"] == []


def test_pictures_come_as_large_as_they_are_drawn(theatre: Theatre) -> None:
    show = theatre.home.video_id(SERIES)
    for path, ready in {"/movies": "title-grid a", f"/show/{show}": ".episodes"}.items():
        seen = theatre.see("pictures", path=path, ready=ready)
        assert seen["shifts"] == 0
        assert seen["complaints"] == []
        assert seen["seen"]
        for picture in seen["seen"]:
            found = re.fullmatch(r"/api/v1/pictures/[0-9a-f]{64}\?width=([0-9]+)", picture["url"])
            assert found, picture
            enough = [width for width in (160, 320, 640, 1280) if width >= picture["drawn"]]
            assert int(found[1]) == min(enough, default=1280), picture


def test_episodes_seasons_and_series_are_marked_by_hand(theatre: Theatre) -> None:
    seen = theatre.see("marks", series=theatre.home.video_id(SERIES))
    # The series, the season, and its two episodes.
    assert seen["told"] == [
        [False, False, True, False],
        [True, True, True, True],
        [False, False, False, False],
    ]
    assert seen["focused"]
    assert seen["complaints"] == []


def test_where_a_picture_cannot_be_scaled_it_comes_whole(theatre: Theatre) -> None:
    assert re.fullmatch(r"/[0-9a-f]{64}\.jpg", theatre.see("busy")["url"])

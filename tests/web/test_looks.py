"""Every page in every size: nobody is kept out, nothing sticks out."""

from __future__ import annotations

import pytest

from tests.web.conftest import FILM, Theatre

SIZES = {"television": (1920, 1080), "laptop": (1366, 768), "telephone": (390, 844)}


@pytest.mark.parametrize("size", SIZES)
def test_no_page_keeps_anybody_out(theatre: Theatre, size: str) -> None:
    width, height = SIZES[size]
    film = theatre.home.video_id(FILM)
    pages = {
        "/": "home-view a",
        "/movies": "title-grid a",
        "/search?q=harbour": "title-grid a",
        f"/show/{film}": ".actions .main",
        f"/watch/{film}": "media-play-button",
        "/operator": "seal-list",
    }
    seen = theatre.see("accessible", pages=pages, viewport={"width": width, "height": height})
    assert seen["found"] == []


def test_thousands_of_titles_are_only_drawn_where_somebody_looks(theatre: Theatre) -> None:
    seen = theatre.see("many", count=5000)
    assert seen["words"] == "5,000 titles"
    assert seen["last"] == "Film 4999"
    assert seen["most"] < 300
    assert seen["shifts"] == 0
    assert seen["focused"].startswith("Film ")
    assert not seen["focused"].startswith("Film 0")
    assert seen["complaints"] == []

"""The page as an application: installed, without its server, renewed, and without its player."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import blobhls
from tests.system.server import Home, Server, until
from tests.web.browser import Browser
from tests.web.conftest import EPISODES, FILM, Theatre, both

PAGES = ("/", "/movies", "/search?q=heat", "/show/x", "/watch/x", "/profiles", "/operator")


class Bare(msgspec.Struct, frozen=True, eq=False):
    """A server whose copy of blobhls was built without npm, and is another version of the page."""

    server: Server
    film: str  # video id
    browser: Browser

    def see(self, scenario: str, **given: object) -> Any:  # noqa: ANN401 - what the scenario returns
        return self.browser.see(self.server.address, scenario, {"id": self.film, **given})


@pytest.fixture(scope="module")
def bare_server(
    driver: str, tmp_path_factory: pytest.TempPathFactory, clip_mp4: Path
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("bare")
    home = Home(folder / "library", folder / "state")
    home.library.mkdir()
    home.state.mkdir()
    shutil.copy(clip_mp4, home.library / "Heat.mp4")
    # The server is started in this folder: `python -m blobhls` takes what lies there.
    package = home.state / "blobhls"
    shutil.copytree(Path(blobhls.__file__).parent, package, ignore=shutil.ignore_patterns("vendor"))
    with (package / "web" / "static" / "css" / "base.css").open("a") as style:
        style.write("\n/* another version */\n")
    with home.serving() as server:
        until(lambda: server.json("/api/v1/shows"), "the film")
        yield server


@pytest.fixture
def bare(bare_server: Server, browser: Browser) -> Bare:
    """That server before a browser."""
    return Bare(bare_server, Home.video_id("Heat.mp4"), browser)


def test_the_page_can_be_installed(theatre: Theatre) -> None:
    seen = theatre.see("installing")
    assert seen["errors"] == []
    assert set(seen["reasons"]) <= {"in-incognito"}  # as every person of the tests is
    manifest = seen["manifest"]
    assert manifest["name"] == manifest["short_name"] == "blobhls"
    assert (manifest["start_url"], manifest["scope"], manifest["id"]) == ("/", "/", "/")
    assert manifest["display"] == "standalone"
    assert {"any", "maskable"} <= {icon["purpose"] for icon in manifest["icons"]}
    assert all(width > 0 for width in seen["icons"])
    assert seen["complaints"] == []


@both
def test_without_its_server_every_page_says_so_and_shows_nothing_old(theatre: Theatre) -> None:
    seen = theatre.see("away", paths=PAGES)
    away = {"heading": "The server is away", "focused": "Try again", "titles": 0}
    assert seen["shown"] == dict.fromkeys(PAGES, away)


def test_a_new_version_takes_the_place_of_the_old_one(theatre: Theatre, bare: Bare) -> None:
    seen = theatre.see("renewed", next=bare.server.address)
    assert len(seen["before"]) == len(seen["after"]) == 1
    assert seen["before"] != seen["after"]
    assert seen["changed"]
    assert seen["offline"]


def test_without_hls_js_the_browser_plays_by_itself_with_its_own_controls(bare: Bare) -> None:
    seen = bare.see("bare", native="maybe")
    assert seen["source"].startswith(f"/api/v1/video/{bare.film}/master.m3u8")
    assert seen["controls"]


def test_without_hls_js_a_browser_that_can_not_play_is_told_what_is_missing(bare: Bare) -> None:
    seen = bare.see("bare", native="")
    assert "built without hls.js" in seen["reason"]
    assert seen["complaints"] == []


@both
def test_one_arrow_leads_from_row_to_row_and_up_to_the_cross_of_a_card(theatre: Theatre) -> None:
    for name, position in {FILM: 15, EPISODES[0]: 5}.items():
        url = f"/api/v1/video/{theatre.home.video_id(name)}/progress"
        theatre.server.client.put(url, json={"position": position}).raise_for_status()
    seen = theatre.see("corners")
    right = ["begun a"] * 3  # and not into the bar at the top, however far one goes
    up = "begun cross"
    assert seen["steps"] == ["added a", "begun a", up, "begun a", *right, up]
    assert len(seen["left"]) == 1
    assert seen["complaints"] == []


def test_no_page_complains(theatre: Theatre) -> None:
    film = theatre.home.video_id(FILM)
    pages = {
        "/": "home-view a",
        "/movies": "title-grid a",
        "/series": "title-grid a",
        "/search?q=harbour": "title-grid a",
        f"/show/{film}": ".actions .main",
        f"/watch/{film}": "media-play-button",
        "/profiles": ".person",
        "/operator": "seal-list",
        "/schema": ".swagger-ui .opblock",
    }
    assert theatre.see("visits", paths=pages)["complaints"] == []

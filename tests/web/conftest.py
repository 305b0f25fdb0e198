from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from blobhls.demo_clips.clip_spec import AudioTrack, Clip
from tests.conftest import ClipFactory
from tests.system.server import Home, Server, until
from tests.web.browser import HERE, PROGRAMS, Browser, open_browser

VENDOR = HERE.parent.parent / "blobhls" / "web" / "vendor"
_YEAR = 31_556_952  # seconds

FILM = "Arcturus (2019).mkv"
BROKEN = "Broken (2001).mp4"
EPISODES = (
    "Harbour Lights/Season 01/Harbour Lights S01E01 First Tide.mkv",
    "Harbour Lights/Season 01/Harbour Lights S01E02 The Lamp Room.mkv",
)
PARTS = ("Twofold (2005)/Twofold (2005)-cd1.mkv", "Twofold (2005)/Twofold (2005)-cd2.mkv")


both = pytest.mark.parametrize("browser", PROGRAMS, indirect=True)


class Theatre(msgspec.Struct, frozen=True, eq=False):
    """A running server with a film, a series and a file that is none, and a browser before it."""

    server: Server
    home: Home
    browser: Browser

    def see(self, scenario: str, **given: object) -> Any:  # noqa: ANN401 - what the scenario returns
        """Run a scenario and return what it saw."""
        return self.browser.see(self.server.address, scenario, given)

    def series_id(self) -> str:
        """Return the show id of the series."""
        shows = self.server.json("/api/v1/shows?kind=series")
        return str(shows[0]["info"]["id"])


@pytest.fixture(scope="session")
def driver() -> str:
    """Node, where there is also what it drives a browser with."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: nothing to drive a browser with")
    if not (HERE / "node_modules" / "puppeteer-core").exists():
        pytest.skip("no puppeteer-core: npm install --prefix tests/web --no-package-lock")
    if not VENDOR.exists():
        pytest.skip("no hls.js: the build hook did not run (python hatch_build.py)")
    return node


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest, driver: str) -> Iterator[Browser]:
    """Chromium, or with `both` one browser after the other. Skips where it is not installed."""
    kind = getattr(request, "param", "chromium")
    program = shutil.which(PROGRAMS[kind])
    if program is None:
        pytest.skip(f"{PROGRAMS[kind]} is not installed: no {kind} to test with")
    with open_browser(driver, kind, program) as opened:
        yield opened


@pytest.fixture(scope="session")
def film(clip_factory: ClipFactory) -> Path:
    """40 s of H.264 in 720p at 6 Mbit/s, with two sounds, two subtitles and four chapters."""
    tracks = (AudioTrack("eng", title="English"), AudioTrack("deu", title="Deutsch"))
    # Padded to a constant rate: a drawn picture alone is smaller than its own smaller renditions.
    rate = "nal-hrd=cbr:bitrate=6000:vbv-maxrate=6000:vbv-bufsize=6000"
    clip = Clip(
        seconds=40,
        size=(1280, 720),
        fps=Fraction(10),  # drawing them takes longest
        video_options={"preset": "ultrafast", "x264-params": rate},
        audio=tracks,
        subtitles=("eng", "deu"),
        chapters=("Departure", "The Second Sun", "", "Landfall"),
    )
    return clip_factory("film.mkv", clip)


@pytest.fixture(scope="session")
def episode(clip_mkv_two_audio_srt: Path) -> Path:
    """12 s with two sounds and two subtitles."""
    return clip_mkv_two_audio_srt


@pytest.fixture(scope="session")
def house(
    driver: str, tmp_path_factory: pytest.TempPathFactory, film: Path, episode: Path
) -> Iterator[tuple[Server, Home]]:
    """The server, started once: that takes longer than most of what is done with it."""
    folder = tmp_path_factory.mktemp("theatre")
    home = Home(folder / "library", folder / "state")
    home.state.mkdir()
    # By name: the year it was made, and how many bytes more than the others it has: what has the
    # same bytes is the same video.
    made = {FILM: (30, 0)} | dict(
        zip((*EPISODES, *PARTS), ((20, 0), (20, 9), (10, 18), (10, 27)), strict=True)
    )
    for name, (year, more) in made.items():
        path = home.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((film if name == FILM else episode).read_bytes() + bytes(more))
        os.utime(path, (year * _YEAR, year * _YEAR))
    (home.library / BROKEN).write_text("no film at all")
    with home.serving() as server:
        problems = "/api/v1/library/problems"
        until(lambda: server.json(problems) and len(server.json("/api/v1/shows")) == 3, "titles")
        yield server, home


@pytest.fixture
def theatre(browser: Browser, house: tuple[Server, Home]) -> Theatre:
    """The theatre with an empty history."""
    server, home = house
    for item in server.json("/api/v1/history"):
        video = f"/api/v1/video/{item['id']}"
        server.client.delete(f"{video}/progress").raise_for_status()
        server.client.put(f"{video}/choices", json={}).raise_for_status()
    return Theatre(server, home, browser)

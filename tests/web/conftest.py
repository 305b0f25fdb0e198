from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from blobhls.media.clipspec import AudioTrack, Clip
from tests.conftest import ClipFactory
from tests.system.server import Home, Server, until

HERE = Path(__file__).parent
VENDOR = HERE.parent.parent / "blobhls" / "web" / "vendor"
_SECONDS = 120  # for one scenario on a busy machine
_YEAR = 31_556_952  # seconds

FILM = "Arcturus (2019).mkv"
BROKEN = "Broken (2001).mp4"
EPISODES = (
    "Harbour Lights/Season 01/Harbour Lights S01E01 First Tide.mp4",
    "Harbour Lights/Season 01/Harbour Lights S01E02 The Lamp Room.mp4",
)


class Theatre(msgspec.Struct, frozen=True, eq=False):
    """A running server with a film, a series and a file that is none, and a browser before it."""

    server: Server
    home: Home

    def see(self, scenario: str, **given: object) -> Any:  # noqa: ANN401 - what the scenario returns
        """Run a scenario of `scenarios.mjs` in a browser of its own and return what it saw."""
        command = ["node", "drive.mjs", self.server.address, scenario, json.dumps(given)]
        done = subprocess.run(
            command, cwd=HERE, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def browser() -> None:
    """Skips where there is nothing to drive a browser with."""
    for command in ("node", "chromium"):
        if shutil.which(command) is None:
            pytest.skip(f"{command} is not installed: no browser to test with")
    if not (HERE / "node_modules" / "playwright-core").exists():
        pytest.skip("no playwright-core: npm install --prefix tests/web --no-package-lock")
    if not VENDOR.exists():
        pytest.skip("no hls.js: the build hook did not run (python hatch_build.py)")


@pytest.fixture(scope="session")
def film(clip_factory: ClipFactory) -> Path:
    """40 s of H.264 in 720p at 6 Mbit/s, with two sounds and two subtitles."""
    tracks = (AudioTrack("eng", title="English"), AudioTrack("deu", title="Deutsch"))
    # Padded to a constant rate: a drawn picture alone is smaller than its own smaller renditions.
    rate = "nal-hrd=cbr:bitrate=6000:vbv-maxrate=6000:vbv-bufsize=6000"
    clip = Clip(
        seconds=40,
        size=(1280, 720),
        fps=Fraction(25),
        video_options={"preset": "ultrafast", "x264-params": rate},
        audio=tracks,
        subtitles=("eng", "deu"),
    )
    return clip_factory("film.mkv", clip)


@pytest.fixture(scope="session")
def house(
    browser: None, tmp_path_factory: pytest.TempPathFactory, film: Path, clip_mp4: Path
) -> Iterator[Theatre]:
    """The theatre, opened once: starting it takes longer than most of what is done in it."""
    folder = tmp_path_factory.mktemp("theatre")
    home = Home(folder / "library", folder / "state")
    home.state.mkdir()
    for name, source in {FILM: film, EPISODES[0]: clip_mp4, EPISODES[1]: clip_mp4}.items():
        (home.library / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, home.library / name)
    with (home.library / EPISODES[1]).open("ab") as file:
        file.write(bytes(9))  # other bytes: a source of its own
    for name, year in {FILM: 30, EPISODES[0]: 20, EPISODES[1]: 20}.items():
        os.utime(home.library / name, (year * _YEAR, year * _YEAR))
    (home.library / BROKEN).write_text("no film at all")
    with home.serving() as server:
        problems = "/api/v1/library/problems"
        until(lambda: server.json(problems) and len(server.json("/api/v1/shows")) == 2, "titles")
        yield Theatre(server, home)


@pytest.fixture
def theatre(house: Theatre) -> Theatre:
    """The theatre as if nobody had watched anything yet."""
    for item in house.server.json("/api/v1/history"):
        house.server.client.delete(f"/api/v1/video/{item['id']}/progress").raise_for_status()
    return house

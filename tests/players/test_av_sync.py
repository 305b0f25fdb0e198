"""What a browser shows and what it plays stay together, wherever one seeks and switches."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import msgspec
import pytest

from tests.clients.stage import Interpreter, Json
from tests.players.flash_clip import BEEP, FPS, LATE
from tests.players.stage import FLASHING, Masters
from tests.system.server import Server

SEEKS: Final = 20
LEVELS: Final = 2  # the source and 360p
FARTHEST: Final = 11  # seconds; the film goes on for long enough that its end is never loaded


class Place(msgspec.Struct, frozen=True):
    """Where to seek to, and what is to be seen and heard there."""

    level: int
    sound: int
    flash: int  # seconds: the next one
    before: float  # seconds until then


def places() -> list[Place]:
    """Return where to go, the same in every run: anywhere before a flash, in any rendition."""
    chance = random.Random(4)
    return [
        Place(
            level=chance.randrange(LEVELS),
            sound=chance.randrange(len(LATE)),
            flash=chance.randrange(1, FARTHEST),
            before=round(chance.uniform(0.1, 0.5), 3),
        )
        for _ in range(SEEKS)
    ]


def make_all(server: Server, playlist: str) -> None:
    """Have the segments made, as hls.js takes another level where one takes too long."""
    for link in re.findall(
        r'^[^#\n].*|(?<=URI=")[^"]+', server.body(playlist).decode(), re.MULTILINE
    ):
        url = urljoin(playlist, link)
        if url.endswith(".m3u8"):
            make_all(server, url)
        else:
            server.body(url)


@pytest.fixture(scope="module")
def answer(masters: Masters, node: Interpreter, chromium: Path) -> Json:
    """What hls.js in Chromium came to at each place."""
    make_all(masters.server, masters.opened[FLASHING])
    request = {
        "executable": str(chromium),
        "url": masters.opened[FLASHING],
        "places": msgspec.to_builtins(places()),
        "fps": FPS,
    }
    return node.tell("sync.mjs", request)


def test_every_rendition_was_switched_to(answer: Json) -> None:
    assert [error for error in answer["errors"] if error["fatal"]] == []
    assert len(answer["heights"]) == LEVELS
    wanted = [answer["heights"][place.level] for place in places()]
    assert [each["height"] for each in answer["measured"]] == wanted
    assert {place.level for place in places()} == set(range(LEVELS))
    assert {place.sound for place in places()} == set(range(len(LATE)))


def test_a_beep_is_heard_within_a_picture_of_its_flash(answer: Json) -> None:
    apart = []
    for place, each in zip(places(), answer["measured"], strict=True):
        dark, bright = each["pictures"]
        assert bright["white"] > 2 * dark["white"]  # the first picture that shows the flash
        assert bright["time"] > dark["time"]
        beep = each["beep"] - float(BEEP / 2 + LATE[place.sound])
        apart.append(beep - bright["time"])
    assert max(map(abs, apart)) <= 1 / FPS

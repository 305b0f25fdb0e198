"""hls.js, shaka-player and Chromium itself play both faces without a gap, a stall or an error."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.clients.stage import Interpreter, Json
from tests.players.known_failures import Player, marked
from tests.players.stage import CAPTIONED, BlossomApp, Masters, what_to_play
from tests.system.media import CLIPS

_TIMEOUT: Final = 3_600  # seconds for all of it, of the whole corpus
_FAR: Final = 30  # seconds behind what is shown that a player may forget
# Seconds. All times of the media begin at 10 s, so shaka-player sets them back. What it sets back
# it moves ahead by a millisecond, and seeks there where it has not begun to play by then (ADR 4).
_SHAKAS_OWN: Final = 0.001
# What hls.js says where there is nothing to help: sound that was loaded before the picture, and
# a machine too busy to decode four times as fast as it is seen, or to encode a segment within ten
# seconds.
_MILD: Final = {
    "bufferAppendNoProgress",
    "bufferStalledError",
    "bufferNudgeOnStall",
    "fragLoadTimeOut",
}
NAMES = what_to_play().names

Play = Callable[[Player, str], Json]

_FACES: Final[dict[Player, BlossomApp]] = {
    "hls.js": "open",
    "shaka-player": "sealed",
    "Chromium": "open",
}


@pytest.fixture(scope="module")
def play(masters: Masters, node: Interpreter, chromium: Path) -> Play:
    """Play everything in each player, in one browser: what each file came to."""

    @cache
    def played() -> dict[tuple[Player, str], Json]:
        wanted = {
            (player, name): {"player": player, "url": masters.of(face)[name]}
            for player, face in _FACES.items()
            for name in NAMES
        }
        captions: Player = "hls.js"
        wanted[captions, CAPTIONED] = {"player": captions, "url": masters.opened[CAPTIONED]}
        request = {"executable": str(chromium), "plays": list(wanted.values())}
        answer = node.tell("play.mjs", request, _TIMEOUT)
        return dict(zip(wanted, answer["played"], strict=True))

    return lambda player, name: played()[player, name]


def assert_whole(seen: Json, start: float = 0, *, forgets: bool = False) -> None:
    """It came to its end, without an error, and was in one piece from `start` on, in seconds.

    `forgets`: a player may have thrown away what it loaded first, as it may what is far behind.
    """
    assert [error for error in seen["errors"] if error["fatal"]] == []
    assert seen["ended"]
    assert seen["began"] == start
    assert len(seen["ranges"]) == 1
    assert seen["ranges"][0][0] == start or forgets or seen["duration"] > _FAR
    assert seen["frames"] > 0 or seen["sound"] > 0


@pytest.mark.parametrize("name", marked(NAMES, "hls.js"))
def test_hls_js_plays_the_open_face_without_a_hole(play: Play, name: str) -> None:
    seen = play("hls.js", name)
    assert_whole(seen)
    assert {error["details"] for error in seen["errors"]} <= _MILD


@pytest.mark.parametrize("player", ["hls.js", "Chromium"])
def test_a_browser_without_dolby_is_heard_in_stereo(play: Play, player: Player) -> None:
    seen = play(player, "surround.mkv")
    assert_whole(seen)
    assert seen["sound"] > 0


@pytest.mark.parametrize("name", marked(NAMES, "shaka-player"))
def test_shaka_player_jumps_over_no_gap_of_the_sealed_face(play: Play, name: str) -> None:
    seen = play("shaka-player", name)
    assert_whole(seen, _SHAKAS_OWN)
    assert seen["gaps"] == [_SHAKAS_OWN] * seen["gapsJumped"]


@pytest.mark.parametrize("name", marked(NAMES, "Chromium"))
def test_chromium_plays_the_open_face_by_itself(play: Play, name: str) -> None:
    assert_whole(play("Chromium", name))


def test_hls_js_shows_closed_captions(play: Play) -> None:
    seen = play("hls.js", CAPTIONED)
    assert_whole(seen)
    assert "HELLO" in "".join(seen["tracks"].get("Closed captions", ()))


def test_levels_of_any_order_join_in_hls_js(
    masters: Masters, node: Interpreter, chromium: Path
) -> None:
    if NAMES[0] in CLIPS:
        pytest.skip("BLOBHLS_CORPUS is not set: the clips have one level")
    url = masters.opened[NAMES[0]]
    plays = [{"player": "hls.js", "url": url, "switching": True}]
    answer = node.tell("play.mjs", {"executable": str(chromium), "plays": plays})
    seen = answer["played"][0]
    assert_whole(seen, forgets=True)
    assert len(set(seen["levels"])) > 1
    # What it was loading of the level before is of no use any more.
    assert {error["details"] for error in seen["errors"]} <= {*_MILD, "aborted"}

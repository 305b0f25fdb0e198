"""A title that was sealed on one server plays from another, in a browser with hls.js."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import msgspec
import pytest

from blobhls.blob import BlobId
from blobhls.nostr import SecretKey, make_authorization
from tests.clients.stage import Interpreter, Json, Stage, hash_of
from tests.oracle.tree import Tree, walk_tree

# What hls.js says where it helps itself. A film's first picture is due after 83 ms, as two
# pictures are decoded ahead of it, and sound starts before: a hole that hls.js may jump over. It
# stalls where the machine is too busy to decode.
MILD: Final = {
    "bufferAppendNoProgress",
    "bufferSeekOverHole",
    "bufferStalledError",
    "bufferNudgeOnStall",
}

Play = Callable[..., Json]


class Pushed(msgspec.Struct, frozen=True):
    """The film's tree, which has come from `a` to `b`."""

    root: str  # link
    tree: Tree  # as it is at `b`
    key: SecretKey  # whose the blobs at `b` are


@pytest.fixture(scope="module")
def pushed(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Pushed:
    """What `blobhls push` does while the server runs."""
    key, key_file = SecretKey.new(), tmp_path_factory.mktemp("operator") / "key"
    key.save(key_file)
    root = f"{stage.a.root(stage.a.video('Film.mp4'))}.m3u8"
    flags = ("--key-file", str(key_file), "--to", stage.b.address)
    done = stage.home.run("push", *flags, "Film.mp4")
    assert done.returncode == 0, done.stdout + done.stderr
    tree = walk_tree(root, stage.b.blob)
    assert tree.faults == ()
    return Pushed(root, tree, key)


@pytest.fixture(scope="module")
def play(node: Interpreter, chromium: Path) -> Play:
    """Play a URL in a browser of its own: `play(url, *servers)`, which are asked for the rest."""

    def shown(url: str, *servers: str) -> Json:
        request = {"executable": str(chromium), "url": url, "fallbackServers": servers}
        return node.tell("play.mjs", request)

    return shown


@pytest.fixture(scope="module")
def played(play: Play, stage: Stage, pushed: Pushed) -> Json:
    return play(f"{stage.b.address}/{pushed.root}")


def assert_plays(played: Json, seconds: float) -> None:
    """Check what a browser said: it began, went on after a seek, and came to the end."""
    begun, middle, sought, over = (played[name] for name in ("begun", "middle", "sought", "over"))
    assert [error for error in over["errors"] if error["fatal"]] == []
    assert over["error"] is None
    assert abs(begun["duration"] - seconds) < 0.2
    assert begun["time"] > 1
    assert begun["frames"] > 12  # of 24 in a second; a busy machine may drop some
    assert begun["shown"] > 0
    assert begun["sound"] > 0
    assert middle + 0.3 < sought["time"] < middle + 5
    assert sought["frames"] > begun["frames"]
    assert over["ended"]


def test_a_pushed_title_plays_from_the_other_server(played: Json) -> None:
    assert_plays(played, 16)
    assert played["begun"]["size"] == [480, 270]
    assert {error["details"] for error in played["over"]["errors"]} <= MILD


def test_only_blobs_of_the_other_server_are_fetched(
    played: Json, stage: Stage, pushed: Pushed
) -> None:
    fetched = {url: status for url, status in played["fetched"] if not url.startswith("blob:")}
    assert set(fetched.values()) <= {200, 206}
    assert f"{stage.b.address}/{pushed.root}" in fetched
    assert len(fetched) > 5  # root, two playlists, segments of picture and sound
    for url in fetched:
        assert re.fullmatch(re.escape(stage.b.address) + r"/[0-9a-f]{64}\.[a-z0-9]+", url)


@pytest.mark.usefixtures("played")
def test_a_player_gets_a_blob_that_one_server_lost_from_the_next(
    play: Play, stage: Stage, pushed: Pushed
) -> None:
    # An I-frame playlist names segments of another one.
    lost = {pushed.tree.segments(playlist)[1] for playlist in pushed.tree.playlists}
    for link in lost:
        token = _token(pushed.key, "delete", link.partition(".")[0])
        answer = stage.b.client.delete(f"/{link}", headers=token)
        assert answer.status_code in {200, 204}, answer.text
    played = play(f"{stage.b.address}/{pushed.root}", stage.a.address)
    assert_plays(played, 16)
    detours = played["over"]["detours"]
    assert {(each["from"], each["to"]) for each in detours} == {(stage.b.address, stage.a.address)}
    assert {each["url"].rpartition("/")[2] for each in detours} == lost


def test_what_a_server_made_of_an_uploaded_video_plays(
    play: Play, stage: Stage, clip_webm: Path
) -> None:
    token = _token(SecretKey.new(), "media", hash_of(clip_webm))
    answer = stage.a.client.put("/media", content=clip_webm.read_bytes(), headers=token)
    assert answer.status_code == 201, answer.text
    assert_plays(play(answer.json()["url"]), 6)


def _token(key: SecretKey, verb: Literal["delete", "media"], blob_hex: str) -> dict[str, str]:
    """Return the header that lets a request do one thing with one blob."""
    blob_ids = [BlobId.parse(blob_hex)]
    token = make_authorization(key, verb, blob_ids, host="127.0.0.1", now=time.time())
    return {"Authorization": token}

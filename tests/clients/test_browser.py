"""A title that was sealed on one server plays from another, in a browser with hls.js."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.nostr import SecretKey, make_authorization
from tests.clients.stage import Interpreter, Json, Stage
from tests.oracle.tree import walk_tree
from tests.system.server import Server


@pytest.fixture(scope="module")
def root(stage: Stage) -> str:
    """The link of the film's root playlist, which has been brought from `a` to `b`."""
    link = f"{stage.a.root(stage.a.video('Film.mp4'))}.m3u8"
    tree = walk_tree(link, stage.a.blob)
    assert tree.faults == ()
    key = SecretKey.new()
    for each in tree.sizes:
        _upload(stage.b, key, each, stage.a.get(f"/{each}").content)
    return link


def _upload(server: Server, key: SecretKey, link: str, data: bytes) -> None:
    blob_ids = [BlobId.parse(link.partition(".")[0])]
    token = make_authorization(key, "upload", blob_ids, host="127.0.0.1", now=time.time())
    answer = server.client.put("/upload", content=data, headers={"Authorization": token})
    assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def played(node: Interpreter, chromium: Path, stage: Stage, root: str) -> Json:
    url = f"{stage.b.address}/{root}"
    return node.tell("play.mjs", {"executable": str(chromium), "url": url})


# What hls.js says where it helps itself. The film's first picture is due after 83 ms, as two
# pictures are decoded ahead of it, and sound starts before: a hole that hls.js may jump over. It
# stalls where the machine is too busy to decode.
MILD = {"bufferAppendNoProgress", "bufferSeekOverHole", "bufferStalledError", "bufferNudgeOnStall"}


def test_it_plays_without_an_error(played: Json) -> None:
    over = played["over"]
    assert [error for error in over["errors"] if error["fatal"]] == []
    assert {error["details"] for error in over["errors"]} <= MILD
    assert over["error"] is None
    assert over["ended"]


def test_pictures_and_sound_are_decoded(played: Json) -> None:
    begun = played["begun"]
    assert begun["time"] > 1
    assert begun["size"] == [480, 270]
    assert abs(begun["duration"] - 16) < 0.2
    assert begun["frames"] > 12  # of 24 in a second; a busy machine may drop some
    assert begun["shown"] > 0
    assert begun["sound"] > 0


def test_a_seek_goes_where_it_should_and_plays_on(played: Json) -> None:
    sought, middle = played["sought"], played["middle"]
    assert middle + 0.3 < sought["time"] < middle + 5
    assert sought["frames"] > played["begun"]["frames"]


def test_only_blobs_of_the_second_server_are_fetched(played: Json, stage: Stage, root: str) -> None:
    fetched = {url: status for url, status in played["fetched"] if not url.startswith("blob:")}
    assert set(fetched.values()) <= {200, 206}
    assert f"{stage.b.address}/{root}" in fetched
    assert len(fetched) > 5  # root, two playlists, segments of picture and sound
    for url in fetched:
        assert re.fullmatch(re.escape(stage.b.address) + r"/[0-9a-f]{64}\.[a-z0-9]+", url)

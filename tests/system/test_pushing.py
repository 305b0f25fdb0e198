"""Titles pushed by the API, from one real server to another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from blobhls.nostr import SecretKey, npub
from tests.oracle.tree import walk_tree
from tests.system.conftest import MakeHome
from tests.system.server import Home, Server, until

_ENDS = {"done", "failed", "cancelled"}


class Pair(msgspec.Struct, frozen=True, eq=False):
    """A server with a film and a key, and one that takes what comes."""

    ours: Server
    other: Server
    video: str  # URL of the film
    key: SecretKey


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, clip_mp4: Path) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    ours, other = (Home(folder / name / "library", folder / name / "state") for name in "ab")
    for home in (ours, other):
        home.library.mkdir(parents=True)
        home.state.mkdir()
    shutil.copy(clip_mp4, ours.library)
    key, path = SecretKey.new(), folder / "key"
    key.save(path)
    flags = ("--key-file", str(path), "--private-addresses", "true")
    with (
        ours.serving(*flags) as server,
        other.serving("--upload-access", "allowlist", "--uploaders", npub(key.pubkey)) as target,
    ):
        yield Pair(server, target, server.video(clip_mp4.name), key)


def outcome(pair: Pair, server: str) -> dict[str, Any]:
    """Push the film and return how it ended."""
    answer = pair.ours.client.post(f"{pair.video}/push", json={"server": server})
    assert answer.status_code == 202, answer.text
    origin = answer.json()["server"]

    def ended() -> dict[str, Any] | None:
        found: list[dict[str, Any]] = pair.ours.json(f"{pair.video}/push")
        return next((p for p in found if p["server"] == origin and p["state"] in _ENDS), None)

    return until(ended, "the end of a push")


def test_a_film_that_was_never_sealed_plays_from_the_other_server(pair: Pair) -> None:
    done = outcome(pair, pair.other.address)
    assert (done["state"], done["problem"]) == ("done", None)
    assert done["uploaded"] == done["done"] == done["total"] > 3
    root = pair.ours.root(pair.video)
    assert done["url"] == f"{pair.other.address}/{root}.m3u8"
    assert f"xs={pair.other.address}" in done["uri"]
    assert walk_tree(f"{root}.m3u8", pair.other.blob).faults == ()
    again = outcome(pair, pair.other.address)
    assert (again["state"], again["uploaded"], again["bytes"]) == ("done", 0, 0)
    listed = pair.ours.json("/api/v1/pushes")
    assert listed["signer"] == npub(pair.key.pubkey)
    assert again in listed["pushes"]


def test_progress_is_published_and_resent_to_reconnecting_clients(pair: Pair) -> None:
    events = "/api/v1/events"
    with pair.ours.client.stream("GET", events) as stream:
        lines = stream.iter_lines()
        before = next(line for line in lines if line.startswith("id: ")).removeprefix("id: ")
        outcome(pair, pair.other.address)
        heard = heard_push(lines)
    with pair.ours.client.stream("GET", events, params={"after": before}) as stream:
        lines = stream.iter_lines()
        assert any(heard_push(lines) == heard for _ in range(9))
    assert heard["server"] == pair.other.address
    assert pair.video.endswith(heard["id"])


def heard_push(lines: Iterator[str]) -> dict[str, Any]:
    """Return the next event about pushing."""
    assert "event: push" in lines
    found: dict[str, Any] = msgspec.json.decode(next(lines).removeprefix("data: "))
    return found


def test_what_is_sealed_is_listed_with_its_root(pair: Pair) -> None:
    root = pair.ours.root(pair.video)
    answer = pair.ours.get("/api/v1/library/sealed")
    assert answer.headers["X-Total-Count"] == "1"
    (listed,) = answer.json()
    assert pair.video.endswith(listed["id"])
    assert (listed["sha256"], listed["url"]) == (root, f"/{root}.m3u8")
    assert listed["uri"] == f"blossom:{root}.m3u8"
    assert pair.ours.json("/api/v1/library/sealed?offset=1") == []


def test_a_server_that_is_not_there_is_named(pair: Pair) -> None:
    failed = outcome(pair, "http://127.0.0.1:1")
    assert (failed["state"], failed["problem"]) == ("failed", "127.0.0.1 could not be reached")
    gone = pair.ours.client.delete(f"{pair.video}/push", params={"server": failed["server"]})
    assert gone.status_code == 204


@pytest.mark.parametrize(
    ("video", "body", "status"),
    [
        ("/api/v1/video/nobody", {"server": "cdn.example"}, 404),
        (None, {"server": "https://cdn.example/path"}, 400),
        (None, {"server": "ftp://cdn.example"}, 400),
        (None, {}, 400),
        (None, {"server": "cdn.example", "renditions": ["none"]}, 404),
    ],
)
def test_what_makes_no_sense_begins_nothing(
    pair: Pair, video: str | None, body: dict[str, Any], status: int
) -> None:
    answer = pair.ours.client.post(f"{video or pair.video}/push", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_another_site_can_push_nothing(pair: Pair) -> None:
    evil = {"Origin": "https://evil.example"}
    body = {"server": "https://evil.example"}
    answer = pair.ours.client.post(f"{pair.video}/push", json=body, headers=evil)
    assert answer.status_code == 403
    servers = {push["server"] for push in pair.ours.json("/api/v1/pushes")["pushes"]}
    assert "https://evil.example" not in servers


def test_without_key_nothing_is_pushed_and_the_answer_says_what_is_missing(
    make_home: MakeHome, clip_mp4: Path
) -> None:
    with make_home(clip_mp4).serving() as server:
        assert server.json("/api/v1/pushes") == {"signer": None, "pushes": []}
        video = server.video(clip_mp4.name)
        answer = server.client.post(f"{video}/push", json={"server": "cdn.example"})
        assert answer.status_code == 403
        assert "--key-file" in answer.json()["detail"]

"""Titles between real servers: pushed, mirrored, pulled and shared."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from blobhls.demo_clips.clip_spec import Clip
from blobhls.nostr import SecretKey, decode_event, npub, verify
from blobhls.transfer.uris import parse_uri
from tests.conftest import ClipFactory
from tests.oracle.tree import Tree, walk_tree
from tests.system.blossom_server import Keeper, Relay, keeping, relaying
from tests.system.player import need_ffmpeg, play
from tests.system.server import Home, clean_environ
from tests.system.test_commands import counts
from tests.system.test_sealing import seal_all

OPEN = ("--upload-access", "open", "--private-addresses", "true")
SENT = re.compile(r"(\d+) blobs uploaded, (\d+) mirrored, (\d+) there before")
FETCHED = re.compile(r"(\d+) blobs, (\d+) fetched")

HomeAt = Callable[..., Home]


@pytest.fixture(scope="session")
def film(clip_factory: ClipFactory) -> Path:
    """A short one: picture and sound, about ten blobs."""
    return clip_factory("heat.mp4", Clip(seconds=20))


@pytest.fixture
def home_at(tmp_path: Path) -> HomeAt:
    """Make several homes: `home_at("a", film)` has a library with one film."""

    def make(name: str, *files: Path) -> Home:
        home = Home(tmp_path / name / "library", tmp_path / name / "state")
        home.library.mkdir(parents=True)
        home.state.mkdir()
        for path in files:
            shutil.copyfile(path, home.library / path.name)
        return home

    return make


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key for pushing."""
    path = tmp_path / "key"
    SecretKey.new().save(path)
    return path


def pushed(home: Home, key_file: Path, *arguments: str) -> tuple[str, tuple[int, int, int]]:
    """Push all to one server; return the root, and blobs uploaded, mirrored, there before."""
    done = home.run("push", "--all", "--key-file", str(key_file), *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    found = SENT.search(done.stdout)
    assert found
    return done.stdout[:64], (int(found[1]), int(found[2]), int(found[3]))


def pulled(home: Home, what: str, *arguments: str) -> tuple[int, int]:
    """Pull; return the counts of blobs, and of those that were fetched."""
    done = home.run("pull", what, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    found = FETCHED.search(done.stdout)
    assert found
    return int(found[1]), int(found[2])


def assert_whole(tree: Tree) -> None:
    assert tree.faults == ()
    assert tree.playlists


def blobs_of(home: Home) -> dict[str, bytes]:
    """Return everything in a store."""
    return {
        folder.name + file.name: file.read_bytes()
        for folder in home.blobs.iterdir()
        if len(folder.name) == 2
        for file in folder.iterdir()
    }


def start(home: Home, *arguments: str) -> subprocess.Popen[bytes]:
    """Run a sub-command in the background."""
    return subprocess.Popen(
        [sys.executable, "-m", "blobhls", *home.flags(), *arguments],
        env=clean_environ(home.state, {}), cwd=home.state,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_pushed_title_plays_from_the_other_server_and_is_sent_once(
    home_at: HomeAt, film: Path, key_file: Path
) -> None:
    need_ffmpeg()
    ours = home_at("a", film)
    with home_at("b").serving(*OPEN) as server:
        root, sent = pushed(ours, key_file, "--to", server.address)
        assert_whole(walk_tree(f"{root}.m3u8", server.blob))
        shown, source = play(f"{server.address}/{root}.m3u8"), play(film)
        assert shown.video is not None
        assert source.video is not None
        assert shown.video.count == source.video.count
        total = sum(sent)
        assert sent == (total, 0, 0)
        assert pushed(ours, key_file, "--to", server.address) == (root, (0, 0, total))


def test_a_server_that_can_reach_us_mirrors_the_title(
    home_at: HomeAt, film: Path, key_file: Path
) -> None:
    ours = home_at("a", film)
    with ours.serving() as source, home_at("b").serving(*OPEN) as server:
        root, (uploaded, mirrored, _) = pushed(
            ours, key_file, "--to", server.address, "--public-url", source.address
        )
        assert (uploaded, mirrored > 0) == (0, True)
        assert_whole(walk_tree(f"{root}.m3u8", server.blob))


def test_a_server_that_can_not_reach_us_is_sent_the_title(
    home_at: HomeAt, film: Path, key_file: Path
) -> None:
    ours = home_at("a", film)
    with ours.serving() as source, home_at("b").serving("--upload-access", "open") as server:
        root, (uploaded, mirrored, _) = pushed(
            ours, key_file, "--to", server.address, "--public-url", source.address
        )
        assert (uploaded > 0, mirrored) == (True, 0)
        assert_whole(walk_tree(f"{root}.m3u8", server.blob))


def test_evicted_blobs_are_rendered_again_while_they_are_pushed(
    home_at: HomeAt, film: Path, key_file: Path
) -> None:
    ours = home_at("a", film)
    (root,) = seal_all(ours).values()
    assert ours.run("gc", "--cache", "false").returncode == 0
    kept = len(blobs_of(ours))
    with home_at("b").serving(*OPEN) as server:
        found, (uploaded, _, _) = pushed(ours, key_file, "--to", server.address)
        assert found == root
        assert uploaded > kept
        assert_whole(walk_tree(f"{root}.m3u8", server.blob))


def test_a_refusal_is_one_line_and_the_other_server_has_its_title(
    home_at: HomeAt, film: Path, key_file: Path
) -> None:
    ours = home_at("a", film)
    somebody = npub(SecretKey.new().pubkey)
    listed = ("--upload-access", "allowlist", "--uploaders", somebody)
    with (
        home_at("b").serving(*listed) as closed,
        home_at("c").serving(*OPEN) as server,
    ):
        targets = ("--to", closed.address, "--to", "http://127.0.0.1:1", "--to", server.address)
        done = ours.run("push", film.name, "--key-file", str(key_file), *targets)
        assert done.returncode == 1
        lines = {line.split("  ")[1]: line for line in done.stdout.splitlines()}
        assert " 403: " in lines[closed.address]
        assert "could not be reached" in lines["http://127.0.0.1:1"]
        assert SENT.search(lines[server.address])
        assert done.stderr.endswith("\nblobhls: 2 of 3 could not be pushed\n")
        root = lines[server.address][:64]
        assert_whole(walk_tree(f"{root}.m3u8", server.blob))
        assert closed.get(f"/{root}.m3u8").status_code == 404


def test_a_killed_push_can_be_continued(home_at: HomeAt, film: Path, key_file: Path) -> None:
    ours, keeper = home_at("a", film), Keeper()
    seal_all(ours)
    keeper.left, keeper.hangs = 4, True
    with keeping(keeper) as address:
        pushing = start(ours, "push", "--all", "--to", address, "--key-file", str(key_file))
        assert keeper.stopped.wait(60)
        pushing.kill()
        pushing.wait(20)
        there = len(keeper.blobs)
        keeper.release()
        root, (uploaded, _, before) = pushed(ours, key_file, "--to", address)
        assert before >= there > 0
        assert uploaded > 0
        assert_whole(walk_tree(f"{root}.m3u8", keeper.blob))


@pytest.fixture
def title(home_at: HomeAt, film: Path) -> tuple[str, dict[str, bytes]]:
    """A sealed title: its root and all blobs of its home."""
    home = home_at("origin", film)
    (root,) = seal_all(home).values()
    return root, blobs_of(home)


def test_a_pull_outlives_a_server_that_dies_half_way(
    home_at: HomeAt, title: tuple[str, dict[str, bytes]]
) -> None:
    root, blobs = title
    dying, other = Keeper(blobs), Keeper(blobs)
    dying.left = 5
    ours = home_at("c")
    with ours.serving() as server, keeping(dying) as first, keeping(other) as second:
        assert server.get(f"/{root}.m3u8").status_code == 404
        count, fetched = pulled(ours, root, "--from", first, "--from", second)
        assert dying.stopped.is_set()
        assert count == fetched
        # The server that was running before sees it all.
        tree = walk_tree(f"{root}.m3u8", server.blob)
        assert_whole(tree)
        assert len(tree.sizes) == count
        answer = server.get(f"/{root}.m3u8")
        assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert pulled(ours, root, "--from", first) == (count, 0)


def test_a_killed_pull_can_be_continued(
    home_at: HomeAt, title: tuple[str, dict[str, bytes]]
) -> None:
    root, blobs = title
    keeper, ours = Keeper(blobs), home_at("c")
    keeper.left, keeper.hangs = 6, True
    with keeping(keeper) as address:
        pulling = start(ours, "pull", root, "--from", address)
        assert keeper.stopped.wait(60)
        pulling.kill()
        pulling.wait(20)
        keeper.release()
        assert root not in blobs_of(ours)
        count, fetched = pulled(ours, root, "--from", address)
    assert fetched <= count
    found = counts(ours.run("fsck").stdout)
    assert {kind: found[kind] for kind in ("missing", "damaged", "lost")} == {
        "missing": 0,
        "damaged": 0,
        "lost": 0,
    }
    with ours.serving() as server:
        assert_whole(walk_tree(f"{root}.m3u8", server.blob))


def test_a_title_goes_from_server_to_server_by_its_uri(
    home_at: HomeAt, film: Path, key_file: Path
) -> None:
    first, second = home_at("a", film), home_at("b")
    with second.serving(*OPEN) as server:
        pushed(first, key_file, "--to", server.address)
        done = first.run(
            "share", film.name, "--key-file", str(key_file), "--server", server.address
        )
        uri = done.stdout.splitlines()[0]
        third = home_at("c")
        # What stands in a link leads into the own network only where that is allowed.
        assert third.run("pull", uri).returncode == 1
        pulled(third, uri, "--private-addresses", "true")
        with third.serving() as ours:
            assert_whole(walk_tree(f"{parse_uri(uri).blob_id}.m3u8", ours.blob))


def test_share_prints_links_and_a_signed_event_and_tells_relays(
    home_at: HomeAt, film: Path, key_file: Path
) -> None:
    home, good, bad = home_at("a", film), Relay(), Relay(takes=False)
    public = ("--public-url", "https://films.example")
    unsealed = home.run("share", film.name, *public)
    assert unsealed.returncode == 1
    assert "is not sealed yet" in unsealed.stderr
    (root,) = seal_all(home).values()
    with relaying(good) as first, relaying(bad) as second:
        done = home.run(
            "share", film.name, *public, "--key-file", str(key_file),
            "--relay", first, "--relay", second,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"blobhls: {second}: 127.0.0.1 refuses the event: blocked: not here" in done.stderr
    uri, url, text = done.stdout.splitlines()
    event = decode_event(text.encode())
    verify(event)
    assert event.pubkey == SecretKey.from_file(key_file).pubkey
    assert parse_uri(uri).blob_id == root
    assert parse_uri(uri).authors == (event.pubkey,)
    assert url == f"https://films.example/{root}.m3u8"
    assert good.events == [text.encode()]
    plain = home.run("share", film.name, *public)
    assert plain.returncode == 0
    assert "not signed" in plain.stderr
    assert '"sig"' not in plain.stdout


def test_the_api_tells_the_same_once_the_video_is_sealed(home_at: HomeAt, film: Path) -> None:
    home = home_at("a", film)
    with home.serving() as server:
        video = server.video(film.name)
        first = server.get(f"{video}/share")
        assert first.status_code == 202
        assert first.json()["state"] == "sealing"
        root = server.root(video)
        found = server.json(f"{video}/share")
        assert found["sha256"] == root
        assert found["url"] == f"{server.address}/{root}.m3u8"
        assert parse_uri(found["uri"]).servers == (server.address,)
        assert found["event"]["kind"] == 21
        assert "sig" not in found["event"]
        assert server.get("/api/v1/video/nobody/share").status_code == 404

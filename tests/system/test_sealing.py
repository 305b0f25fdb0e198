"""Sealed trees consist of blobs alone, and are the same on every run."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest

from blobhls.names.folders import path_id
from tests.oracle.tree import Tree, walk_tree
from tests.system.checks import assert_same_length, assert_same_pictures
from tests.system.conftest import Source
from tests.system.media import Choice
from tests.system.player import need_ffmpeg, play
from tests.system.server import Home, Server, until
from tests.system.titles import fetch

_HEX = re.compile(r"[0-9a-f]{64}")
_PORT = re.compile(r"port ([0-9]+)")


class Sealed(msgspec.Struct, frozen=True, eq=False):
    """A library sealed by `blobhls seal --all`, and a server of it that was started afterwards."""

    home: Home
    server: Server
    roots: dict[str, str]  # video id → SHA-256, as the command printed them

    def tree(self, name: str) -> Tree:
        """Fetch the whole tree of a file's video, checking every blob."""
        return walk_tree(f"{self.roots[path_id(name)]}.m3u8", self.server.blob)


@pytest.fixture(scope="module")
def sealed(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    need_ffmpeg()
    home = Home(library, tmp_path_factory.mktemp("sealing"))
    roots = seal_all(home)
    with home.serving() as server:
        yield Sealed(home, server, roots)


def seal_all(home: Home) -> dict[str, str]:
    """Seal all of a library with the command; return the roots that it prints by video id."""
    done = home.run("seal", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    return {words[0]: words[1] for words in lines if _HEX.fullmatch(words[1])}


def test_the_command_seals_every_video_and_the_resolver_gives_the_same_root(
    sealed: Sealed, choice: Choice
) -> None:
    assert sealed.roots == {
        path_id(name): sealed.server.root(sealed.server.video(name)) for name in choice.names
    }


def test_a_sealed_tree_is_made_of_blobs_alone(sealed: Sealed, name: str) -> None:
    tree = sealed.tree(name)
    assert tree.faults == ()
    assert tree.master is not None
    renditions = sealed.server.json(f"{video(name)}/root")["renditions"]
    # Two tracks with the same bytes have the same playlist.
    own = {f"{each['sha256']}.m3u8" for each in renditions}
    iframes = {each["iframes"].removeprefix("/") for each in renditions if each["iframes"]}
    assert set(tree.playlists) == own | iframes
    assert len(iframes) == len(tree.master.iframes)


def test_a_sealed_rendition_has_the_segments_of_the_open_one(sealed: Sealed, name: str) -> None:
    tree = sealed.tree(name)
    for rendition in sealed.server.json(video(name))["renditions"]:
        if rendition["sealed"] is not None:
            playlist = rendition["sealed"].removeprefix("/")
            assert f"/{playlist}" in sealed.server.body(f"{video(name)}/master.m3u8").decode()
            opened = fetch(sealed.server, f"{video(name)}/{rendition['name']}/stream.m3u8")
            assert [link.partition(".")[0] for link in tree.segments(playlist)] == list(
                opened.blobs
            )
            assert [each.duration for each in tree.playlists[playlist].segments] == list(
                opened.durations
            )


def test_the_sealed_master_plays_to_the_end(sealed: Sealed, source: Source, name: str) -> None:
    expected = source(name)
    played = play(f"{sealed.server.address}/{sealed.roots[path_id(name)]}.m3u8")
    assert_same_pictures(name, expected.video, played.video)
    assert_same_length(name, expected, played)


def test_a_tree_that_was_copied_plays_from_any_web_server(
    sealed: Sealed, source: Source, tmp_path: Path, name: str
) -> None:
    root = f"{sealed.roots[path_id(name)]}.m3u8"
    for link in walk_tree(root, sealed.server.blob).sizes:
        (tmp_path / link).write_bytes(sealed.server.blob(link))
    with plain_server(tmp_path) as address:
        played = play(f"{address}/{root}")
    assert_same_pictures(name, source(name).video, played.video)


def test_a_second_process_with_a_fresh_cache_makes_the_same_roots(
    sealed: Sealed, tmp_path: Path
) -> None:
    assert seal_all(Home(sealed.home.library, tmp_path)) == sealed.roots


def test_evicted_blobs_come_back_with_the_same_hash(sealed: Sealed, choice: Choice) -> None:
    before = {name: sealed.tree(name) for name in choice.names}
    done = sealed.home.run("gc", "--cache-limit", "0")
    assert done.returncode == 0, done.stderr
    kept = {link for tree in before.values() for link in tree.sizes if present(sealed.home, link)}
    gone = {link for tree in before.values() for link in tree.sizes} - kept
    # What stays: playlists, which no recipe makes, and sound that was encoded.
    for name, tree in before.items():
        pictures = [variant.uri for variant in tree.master.variants if variant.resolution]  # type: ignore[union-attr]
        assert not {part for uri in pictures for part in tree.segments(uri)} - gone, name
    for link in gone:
        head = sealed.server.client.head(f"/{link}")
        assert head.status_code == 200
        assert not present(sealed.home, link), "HEAD of a proven blob makes nothing"
    assert {name: sealed.tree(name) for name in choice.names} == before


def test_without_a_cache_every_blob_is_rendered_again(clip_mp4: Path, tmp_path: Path) -> None:
    home = Home(clip_mp4.parent, tmp_path)
    with home.serving("--cache", "false") as server:
        root = server.root(server.video(clip_mp4.name))
        before = walk_tree(f"{root}.m3u8", server.blob)
        segments = [link for link in before.sizes if link.endswith(".ts")]
        until(lambda: not any(present(home, link) for link in segments), "eviction", 90)
        assert walk_tree(f"{root}.m3u8", server.blob) == before


def video(name: str) -> str:
    """Return the URL of a file's video."""
    return f"/api/v1/video/{path_id(name)}"


def present(home: Home, link: str) -> bool:
    """Whether the store has a blob's bytes; they are whole then."""
    path = home.blobs / link[:2] / link[2:64]
    if not path.exists():
        return False
    assert hashlib.sha256(path.read_bytes()).hexdigest() == link[:64]
    return True


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """Serve a folder with Python's own web server; yields its address."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    log = folder.with_name("http.log")
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    try:
        found = until(partial(_search, log), "Python's web server")
        yield f"http://127.0.0.1:{found}"
    finally:
        process.terminate()
        process.wait(10)


def _search(log: Path) -> str | None:
    found = _PORT.search(log.read_text())
    return found[1] if found else None

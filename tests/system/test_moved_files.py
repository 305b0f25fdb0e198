"""Files that vanish, come back, are replaced or get another name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tests.oracle.tree import Tree, walk_tree
from tests.system.conftest import MakeHome
from tests.system.server import Home, Server
from tests.system.test_sealing import present, seal_all

_NAME = "plain.mp4"
_OTHER = "plain.ts"  # stays: a library without any file is a disk that is not mounted


def sealed_tree(server: Server, name: str = _NAME) -> Tree:
    tree = walk_tree(f"{server.root(server.video(name))}.m3u8", server.blob)
    assert tree.faults == ()
    return tree


class EvictionResult(msgspec.Struct, frozen=True):
    """A sealed tree of which what can be made again was evicted."""

    tree: Tree
    gone: list[str]  # links
    kept: list[str]


def evicted(home: Home) -> EvictionResult:
    """Seal a file's video and evict it; the server that did it is not there any more."""
    with home.serving() as server:
        tree = sealed_tree(server)
    assert home.run("gc", "--cache-limit", "0").returncode == 0
    gone = [link for link in tree.sizes if not present(home, link)]
    assert gone
    return EvictionResult(tree, gone, [link for link in tree.sizes if link not in gone])


def statuses(server: Server, links: list[str]) -> set[int]:
    """Ask for blobs by `GET` and `HEAD`; whatever comes is what its name says."""
    found = set()
    for link in links:
        answer = server.get(f"/{link}")
        if answer.status_code == 200:
            assert hashlib.sha256(answer.content).hexdigest() == link[:64]
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) > 0
        assert server.client.head(f"/{link}").status_code == answer.status_code
        found.add(answer.status_code)
    return found


def test_while_a_file_is_away_its_present_blobs_are_served_and_the_others_wait_for_it(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4, clip_ts)
    away = home.state / _NAME
    with home.serving() as server:
        links = list(sealed_tree(server).sizes)
        (home.library / _NAME).rename(away)
        assert statuses(server, links) == {200}
        away.rename(home.library / _NAME)
    before = evicted(home)
    with home.serving() as server:
        (home.library / _NAME).rename(away)
        assert statuses(server, before.gone) == {503}
        assert statuses(server, before.kept) == {200}
        away.rename(home.library / _NAME)
        assert statuses(server, before.gone) == {200}


def test_a_library_that_is_not_mounted_loses_nothing(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4, clip_ts)
    before = evicted(home)
    mounted = home.library.rename(home.state / "mounted")
    home.library.mkdir()
    with home.serving() as server:
        assert home.run("scan").returncode == 0
        assert len(server.json("/api/v1/shows")) == 2
        assert server.json("/api/v1/library/problems"), "the operator is told"
        assert statuses(server, before.gone) == {503}
        home.library.rmdir()
        mounted.rename(home.library)
        assert statuses(server, before.gone) == {200}


def test_a_deleted_file_leaves_what_is_present_and_nothing_else(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4, clip_ts)
    before = evicted(home)
    with home.serving() as server:
        (home.library / _NAME).unlink()
        assert home.run("scan").returncode == 0
        assert statuses(server, before.gone) == {404}
        assert statuses(server, before.kept) == {200}
        assert server.get(f"/api/v1/video/{home.video_id(_NAME)}").status_code == 404


def test_a_replaced_file_never_gives_wrong_bytes(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path, clip_silent: Path
) -> None:
    home = make_home(clip_mp4, clip_ts)
    before = evicted(home)
    with home.serving() as server:
        (home.library / _NAME).write_bytes(clip_silent.read_bytes())
        assert statuses(server, before.gone) <= {404, 503}, "before the library is looked at again"
        assert home.run("scan").returncode == 0
        assert statuses(server, before.gone) == {404}
        assert statuses(server, before.kept) == {200}
        now = sealed_tree(server)
        assert not set(now.sizes) & set(before.gone)
        # The old file comes back: its blobs do as well.
        (home.library / _NAME).write_bytes(clip_mp4.read_bytes())
        assert home.run("scan").returncode == 0
        assert statuses(server, before.gone) == {200}


def test_present_bytes_of_a_deleted_file_are_not_evicted(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4, clip_ts)
    roots = seal_all(home)
    (home.library / _NAME).unlink()
    assert home.run("gc", "--cache-limit", "0").returncode == 0
    with home.serving() as server:
        root = roots[home.video_id(_NAME)]
        assert walk_tree(f"{root}.m3u8", server.blob).faults == ()


def test_a_renamed_file_keeps_its_history_and_its_blobs(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4, clip_ts)
    before = evicted(home)
    with home.serving() as server:
        server.client.put(f"{server.video(_NAME)}/progress", json={"position": 4.5})
        renamed = "Films/Heat (1995)/Heat.mp4"
        (home.library / renamed).parent.mkdir(parents=True)
        (home.library / _NAME).rename(home.library / renamed)
        assert home.run("scan").returncode == 0
        assert statuses(server, before.gone) == {200}
        video = server.video(renamed)
        root = server.get(f"{video}/root")
        assert root.status_code == 200, "sealed before, sealed now"
        assert f"{root.json()['sha256']}.m3u8" == before.tree.root
        assert server.json(f"{video}/progress")["position"] == 4.5
        (seen,) = server.json("/api/v1/history")
        assert seen["id"] == home.video_id(renamed)
        assert seen["title"] == "Heat"


def test_a_file_that_was_only_touched_keeps_everything(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4, clip_ts)
    before = evicted(home)
    with home.serving() as server:
        (home.library / _NAME).touch()
        assert home.run("scan").returncode == 0
        assert statuses(server, before.gone) == {200}
        assert sealed_tree(server) == before.tree

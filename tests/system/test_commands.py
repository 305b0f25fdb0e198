"""The sub-commands on real files, and mistakes as one line."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle.tree import walk_tree
from tests.system.conftest import MakeHome
from tests.system.server import Home, clean_environ
from tests.system.test_sealing import seal_all


class DemoHome(Home, frozen=True):
    """A home whose library the command makes."""

    def flags(self) -> list[str]:
        """Return the sub-command and its places."""
        return ["demo", "--demo-path", str(self.library), "--db", str(self.db),
                "--cache-path", str(self.blobs)]  # fmt: skip


def counts(text: str) -> dict[str, int]:
    """Return what `fsck` prints."""
    return {kind: int(count) for kind, count in re.findall(r"^(\w+): (\d+)$", text, re.MULTILINE)}


def assert_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """One clear line on stderr and a failure."""
    assert done.returncode != 0
    assert done.stderr.startswith("blobhls: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_scan_counts_what_there_is(make_home: MakeHome, clip_mp4: Path, clip_ts: Path) -> None:
    home = make_home(clip_mp4, clip_ts)
    for _ in range(2):  # the second one looks into nothing again
        done = home.run("scan")
        assert done.returncode == 0, done.stderr
        assert done.stdout == "2 files, 2 shows, 0 problems\n"


def test_seal_takes_an_id_or_a_path(make_home: MakeHome, clip_mp4: Path, clip_ts: Path) -> None:
    home = make_home(clip_mp4, clip_ts)
    by_path = home.run("seal", str(home.library / clip_mp4.name))
    by_name = home.run("seal", clip_mp4.name)
    by_id = home.run("seal", home.video_id(clip_mp4.name))
    assert by_path.returncode == 0, by_path.stderr
    assert by_path.stdout == by_name.stdout == by_id.stdout
    assert by_path.stdout.startswith(home.video_id(clip_mp4.name))
    assert set(seal_all(home)) == {home.video_id(p.name) for p in (clip_mp4, clip_ts)}
    assert_one_line(home.run("seal", "nothing"), "nothing")
    failed = home.run("seal", clip_mp4.name, "--rendition", "9p_h264")
    assert failed.returncode == 1
    assert "9p_h264" in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stderr


def test_fsck_repairs_the_damage_and_everything_is_served_again(
    make_home: MakeHome, clip_mp4: Path
) -> None:
    home = make_home(clip_mp4)
    (root,) = seal_all(home).values()
    with home.serving() as server:
        before = walk_tree(f"{root}.m3u8", server.blob)
    assert before.faults == ()
    segments = sorted(link for link in before.sizes if link.endswith(".ts"))
    paths = [home.blobs / link[:2] / link[2:64] for link in segments]
    paths[0].unlink()
    paths[1].write_bytes(b"!" + paths[1].read_bytes()[1:])
    paths[2].write_bytes(paths[2].read_bytes()[:100])
    (home.blobs / "ab" / ("0" * 62)).write_bytes(b"nobody knows me")
    done = home.run("fsck")
    assert done.returncode == 0, done.stderr
    found = counts(done.stdout)
    assert (found["missing"], found["damaged"], found["orphaned"], found["lost"]) == (1, 2, 1, 0)
    with home.serving() as server:
        assert walk_tree(f"{root}.m3u8", server.blob) == before
    again = counts(home.run("fsck").stdout)
    assert set(again.values()) == {0, again["checked"]}


def test_fsck_does_not_judge_files_that_a_server_is_writing(
    make_home: MakeHome, clip_mp4: Path
) -> None:
    home = make_home(clip_mp4)
    with home.serving():
        assert_one_line(home.run("fsck"), "stop it first")


def test_gc_brings_the_cache_down_to_its_limit(make_home: MakeHome, clip_mp4: Path) -> None:
    home = make_home(clip_mp4)
    (root,) = seal_all(home).values()

    def size() -> int:
        return sum(path.stat().st_size for path in home.blobs.glob("??/*"))

    before = size()
    limit = before * 2 // 3
    done = home.run("gc", "--cache-limit", str(limit))
    assert re.fullmatch(r"removed [1-9][0-9]* blobs, .* freed\n", done.stdout)
    assert before / 3 < size() <= limit
    assert home.run("gc", "--cache-limit", "none").stdout.startswith("removed 0 blobs")
    with home.serving() as server:
        assert walk_tree(f"{root}.m3u8", server.blob).faults == ()


def test_demo_makes_a_library_and_serves_it(tmp_path: Path) -> None:
    with DemoHome(tmp_path / "demo", tmp_path).serving() as server:
        shows = {show["kind"]: show for show in server.json("/api/v1/shows")}
        assert set(shows) == {"movie", "series"}
        assert {episode["season"] for episode in shows["series"]["episodes"]} == {1, 2}
        movie = server.json(f"/api/v1/video/{shows['movie']['info']['id']}")
        assert {r["kind"] for r in movie["renditions"]} == {"video", "audio", "subtitles"}


def test_a_port_in_use_is_one_line(make_home: MakeHome, clip_mp4: Path) -> None:
    home = make_home(clip_mp4)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_one_line(home.run("-p", port), f"127.0.0.1:{port}")


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    assert_one_line(Home(tmp_path / "gone", tmp_path).run("serve"), "no such folder")


@pytest.mark.parametrize("flag", ["--cache-path", "--db"])
@pytest.mark.parametrize("command", ["serve", "scan", "fsck", "gc"])
def test_a_place_that_can_not_be_written_is_one_line(
    make_home: MakeHome, command: str, flag: str
) -> None:
    home = make_home()
    # A file where a folder should be: not even root can write below it.
    (home.state / "file").write_text("")
    done = home.run(command, flag, str(home.state / "file" / "below"))
    assert_one_line(done, "file")


def test_a_database_that_is_none_is_one_line(make_home: MakeHome) -> None:
    home = make_home()
    home.db.write_text("this is no database, whatever its name says; " * 100)
    for command in ("serve", "scan", "fsck", "gc"):
        assert_one_line(home.run(command), str(home.db))
    assert home.db.read_text().startswith("this is no database")


def test_configuration_that_is_no_toml_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "blobhls.toml").write_text("port = = 1")
    done = Home(tmp_path, tmp_path).run("scan", "--config", str(tmp_path / "blobhls.toml"))
    assert_one_line(done, "blobhls.toml")


def test_a_bad_flag_is_one_line(tmp_path: Path) -> None:
    assert_one_line(Home(tmp_path, tmp_path).run("--bogus"), "--bogus")


def test_environment_and_configuration_file_do_what_flags_do(
    tmp_path: Path, clip_mp4: Path
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / clip_mp4.name).write_bytes(clip_mp4.read_bytes())
    config = tmp_path / "blobhls.toml"
    config.write_text(f'target_path = "{tmp_path / "gone"}"\ncache_path = "{tmp_path / "b"}"\n')
    environ = {
        "BLOBHLS_CONFIG": str(config),
        "BLOBHLS_TARGET_PATH": str(library),
        "BLOBHLS_DB": str(tmp_path / "i.db"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "blobhls", "scan"], cwd=tmp_path, timeout=120, check=False,
        env=clean_environ(tmp_path, environ), capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "1 files, 1 shows, 0 problems\n", done.stderr
    assert (tmp_path / "b").is_dir()
    assert (tmp_path / "i.db").is_file()

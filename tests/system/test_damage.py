"""Damaged files are listed with a reason, never crash the server, and the rest is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from blobhls.names.folders import path_id
from tests.system.player import need_ffmpeg, play
from tests.system.server import Home, Server, group_members, until
from tests.system.titles import renditions

_SOUND = "plain.mp4"
_HOPELESS = ("empty.mkv", "text_named.mp4", "demo_head60.mp4")  # no video, or no index and no end


@pytest.fixture(scope="module")
def damaged(corpus: Path, clip_mp4: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The corpus' damaged files and one that is sound."""
    home = Home(tmp_path_factory.mktemp("damaged"), tmp_path_factory.mktemp("state"))
    for path in [*(corpus / "derived").iterdir(), clip_mp4]:
        (home.library / path.name).write_bytes(path.read_bytes())
    return home


@pytest.fixture(scope="module")
def server(damaged: Home) -> Iterator[Server]:
    with damaged.serving() as server:
        yield server


def names(home: Home) -> list[str]:
    return sorted(path.name for path in home.library.iterdir())


def test_what_is_no_video_is_listed_with_its_reason(damaged: Home, server: Server) -> None:
    for name in names(damaged):
        server.get(f"/api/v1/video/{path_id(name)}")  # looked into at once
    problems = until(
        lambda: p if len(p := server.json("/api/v1/library/problems")) >= 3 else None, "problems"
    )
    reasons = {problem["path"]: problem["reason"] for problem in problems}
    assert set(reasons) >= {"empty.mkv", "text_named.mp4"}
    assert _SOUND not in reasons
    for name, reason in reasons.items():
        assert reason
        assert str(damaged.library) not in reason
        answer = server.get(f"/api/v1/video/{path_id(name)}")
        assert answer.status_code in {404, 422}
        assert answer.headers["x-reason"]


def test_the_command_scan_prints_every_problem_and_succeeds(damaged: Home, tmp_path: Path) -> None:
    done = Home(damaged.library, tmp_path).run("scan")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    for name in ("empty.mkv", "text_named.mp4"):
        assert [line for line in lines if line.startswith(f"{name}: ")], done.stdout
    assert lines[-1].endswith("problems")
    assert "Traceback" not in done.stderr


def test_everything_else_is_served_while_damaged_files_are_asked_for(
    damaged: Home, server: Server
) -> None:
    workers = set(group_members(server.process.pid))
    for name in names(damaged):
        video = f"/api/v1/video/{path_id(name)}"
        if server.get(video).status_code != 200:
            continue
        for rendition in renditions(server, video, whole=False):
            for number in range(4):
                part = rendition.playlist.replace("stream.m3u8", f"{number}.ts")
                answer = server.get(part)
                assert answer.status_code in {200, 404, 422, 500}, answer.text
                assert answer.status_code == 200 or answer.headers["x-reason"] != "internal error"
    assert server.process.poll() is None
    assert len(set(group_members(server.process.pid)) & workers) >= len(workers) - 1


def test_a_damaged_file_plays_as_far_as_it_goes(damaged: Home, server: Server) -> None:
    need_ffmpeg()
    for name in ("bipbop_200flips.ts", "demo_head60.mkv"):
        whole = play(damaged.library / name)
        played = play(f"{server.address}{server.video(name)}/master.m3u8")
        assert whole.video is not None
        assert played.video is not None
        assert abs(played.video.count - whole.video.count) <= 0.05 * whole.video.count


def test_the_sound_file_among_them_plays(damaged: Home, server: Server) -> None:
    need_ffmpeg()
    assert play(f"{server.address}{server.video(_SOUND)}/master.m3u8").video is not None

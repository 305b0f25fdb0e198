"""Changes in the library while the server runs: seen without waiting for the next full walk."""

from __future__ import annotations

import shutil
from pathlib import Path

from blobhls.names.folders import path_id
from tests.system.conftest import MakeHome
from tests.system.server import Server, until

_SOON = 30  # seconds; a walk that nothing calls for comes after two minutes


def titles(server: Server) -> list[str]:
    return [show["info"]["title"] for show in server.json("/api/v1/shows")]


def test_adding_renaming_and_deleting_are_seen_and_progress_moves_along(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4)
    with home.serving() as server:
        server.video("plain.mp4")
        shutil.copyfile(clip_ts, home.library / "Heat (1995).ts")
        until(lambda: "Heat" in titles(server) or None, "the new film", _SOON)
        video = f"/api/v1/video/{path_id('Heat (1995).ts')}"
        server.body(video)
        assert server.client.put(f"{video}/progress", json={"position": 3}).status_code == 200

        (home.library / "Heat (1995).ts").rename(home.library / "Ronin (1998).ts")
        until(lambda: titles(server) == ["plain", "Ronin"] or None, "the new name", _SOON)
        renamed = f"/api/v1/video/{path_id('Ronin (1998).ts')}"
        assert server.json(f"{renamed}/progress")["position"] == 3

        (home.library / "Ronin (1998).ts").unlink()
        until(lambda: titles(server) == ["plain"] or None, "that it is gone", _SOON)

        home.library.rename(home.library.with_name("elsewhere"))
        problems = "/api/v1/library/problems"
        assert titles(server) == ["plain"]
        home.library.with_name("elsewhere").rename(home.library)
        assert server.json(problems) == []


def test_a_file_is_listed_when_it_has_stopped_growing(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4)
    whole = clip_ts.read_bytes()
    with home.serving() as server:
        server.video("plain.mp4")
        with (home.library / "Heat (1995).ts").open("wb", buffering=0) as file:
            file.write(whole[: len(whole) // 2])
            shutil.copyfile(clip_mp4, home.library / "Ran (1985).mp4")

            def ran() -> bool | None:
                file.write(whole[:1])
                return "Ran" in titles(server) or None

            until(ran, "the film that is complete", _SOON)
            assert "Heat" not in titles(server)
            file.seek(0)
            file.write(whole)
            file.truncate(len(whole))
        until(lambda: "Heat" in titles(server) or None, "the film that grew", _SOON)
        assert server.json("/api/v1/library/problems") == []

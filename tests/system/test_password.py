"""With a password, other clients get blobs by their hash and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.conftest import MakeHome
from tests.system.server import until

_PASSWORD = "open sesame"


def test_only_clients_with_the_password_may_watch(make_home: MakeHome, clip_mp4: Path) -> None:
    home = make_home(clip_mp4)
    secret = home.state / "password"
    secret.write_text(f"{_PASSWORD}\n")
    with home.serving("--password-file", str(secret)) as server:
        paths = server.json("/schema/openapi.json")["paths"]
        asked = [path for path, methods in paths.items() if "get" in methods]
        assert len(asked) > 10
        for path in asked:
            guarded = path.startswith("/api/") and path != "/api/v1/login"
            assert (server.get(path).status_code == 401) == guarded, path
        assert server.client.post("/api/v1/login", json={"password": "x"}).status_code == 401
        bearer = {"Authorization": f"Bearer {_PASSWORD}"}
        assert server.client.get("/api/v1/shows", headers=bearer).status_code == 200
        assert server.client.post("/api/v1/login", json={"password": _PASSWORD}).is_success
        video = server.video(clip_mp4.name)
        segment = server.get(f"{video}/source_h264/0.ts")
        assert segment.status_code == 200
        assert server.get(f"{video}/master.m3u8").text.startswith("#EXTM3U")
        session = dict(server.client.cookies)
        assert server.client.delete("/api/v1/login").status_code == 204
        assert server.get(f"{video}/master.m3u8").status_code == 401
        assert server.get(segment.headers["Content-Location"]).content == segment.content
        server.client.cookies.update(session)
        assert server.get(f"{video}/master.m3u8").status_code == 401


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_a_server_open_to_the_network_says_so(
    make_home: MakeHome, clip_mp4: Path, host: str, *, warned: bool
) -> None:
    with make_home(clip_mp4).serving("-h", host) as server:
        until(server.log.read_text, "a log")
        assert ("--password-file" in server.log.read_text()) is warned


def test_a_password_file_that_is_missing_stops_the_start(
    make_home: MakeHome, clip_mp4: Path
) -> None:
    home = make_home(clip_mp4)
    ended = home.run("--password-file", str(home.state / "nowhere"))
    assert ended.returncode == 2
    assert "password file" in ended.stderr

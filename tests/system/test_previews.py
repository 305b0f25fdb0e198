"""Previews are rendered on request, kept, and announced."""

from __future__ import annotations

import io
import re
from pathlib import Path

import httpx
from PIL import Image

from tests.system.conftest import MakeHome
from tests.system.server import until
from tests.system.test_events import listening


def test_previews_are_rendered_once_and_stay(make_home: MakeHome, clip_mp4: Path) -> None:
    home = make_home(clip_mp4)
    with home.serving() as server, listening(server) as ear:
        url = f"{server.video(clip_mp4.name)}/previews.vtt"
        answer = server.get(url)
        assert answer.status_code == 202
        assert answer.json()["total"] == 1
        assert answer.headers["Retry-After"]
        assert ear.hear("previews") == {"id": home.video_id(clip_mp4.name)}
        made = server.get(url)
        assert (made.status_code, made.headers["content-type"]) == (200, "text/vtt; charset=utf-8")
        names = set(
            re.findall(r"^(/[0-9a-f]{64}\.jpg)#xywh=\d+,\d+,160,90$", made.text, re.MULTILINE)
        )
        (name,) = names
        assert Image.open(io.BytesIO(server.body(name))).size == (960, 90)
    with home.serving() as server:
        assert server.get(url).text == made.text


def test_what_has_no_picture_or_is_unknown_has_none(make_home: MakeHome, corpus: Path) -> None:
    home = make_home(corpus / "multiple-aac-tracks.mp4")

    def refused(url: str) -> httpx.Response | None:
        answer = server.get(url)
        return answer if answer.status_code == 404 else None

    with home.serving() as server:
        url = f"{server.video('multiple-aac-tracks.mp4')}/previews.vtt"
        assert "no video" in until(lambda: refused(url), "a refusal").json()["detail"]
        assert server.get("/api/v1/video/unknown/previews.vtt").status_code == 404

"""Artwork in the sizes of screens: scaled on request, kept as blobs, rendered again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.system.blossom import uploaded
from tests.system.server import Home, Server, until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, clip_silent: Path) -> Home:
    """A film and its poster, and a series whose poster is damaged."""
    folder = tmp_path_factory.mktemp("pictures")
    home = Home(folder / "library", folder)
    home.library.mkdir()
    (home.library / "Lamp").mkdir()
    for name in ("film.mp4", "Lamp/Lamp S01E01.mp4"):
        (home.library / name).symlink_to(clip_silent)
    (home.library / "Lamp" / "poster.jpg").write_text("no picture at all")
    poster = Image.linear_gradient("L").resize((600, 900)).convert("RGB")
    poster.save(home.library / "film.jpg")
    return home


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[Server]:
    """A server that keeps nothing that it can make again."""
    with home.serving("--upload-access", "open", "--cache", "false") as server:
        yield server


@pytest.fixture(scope="module")
def poster(server: Server) -> str:
    """The hash of the film's poster, once it is made."""

    def made() -> str | None:
        url: str = server.json(f"/api/v1/shows/{Home.video_id('film.mp4')}")["info"]["thumbnail"]
        picture = Image.open(io.BytesIO(server.body(url)))
        return url[1:65] if picture.size == (600, 900) else None

    return until(made, "the poster")


@pytest.mark.parametrize(("width", "came"), [(160, 160), (320, 320), (640, 600), (1280, 600)])
def test_a_poster_comes_in_every_width_as_a_blob(
    server: Server, poster: str, width: int, came: int
) -> None:
    url = f"/api/v1/pictures/{poster}?width={width}"
    answer = server.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"]
    place = answer.headers["content-location"]
    assert answer.headers["etag"] == f'"{place[1:65]}"'
    assert Image.open(io.BytesIO(answer.content)).width == came
    assert server.body(place) == answer.content
    same = {"If-None-Match": answer.headers["etag"]}
    assert server.client.get(url, headers=same).status_code == 304


def test_evicted_blobs_are_rendered_again_to_the_same_bytes(
    server: Server, home: Home, poster: str
) -> None:
    url = f"/api/v1/pictures/{poster}?width=160"
    answer = server.get(url)
    name = answer.headers["content-location"][1:65]
    stored = home.blobs / name[:2] / name[2:]
    until(lambda: not stored.exists(), "eviction")
    assert server.body(f"/{name}.webp") == answer.content
    assert server.get(url).content == answer.content


@pytest.mark.parametrize(
    "width", ["?width=161", "?width=0", "?width=-1", "?width=x", "?width=", ""]
)
def test_other_widths_are_refused(server: Server, poster: str, width: str) -> None:
    assert server.get(f"/api/v1/pictures/{poster}{width}").status_code == 400


def test_only_pictures_of_titles_are_scaled(server: Server, poster: str) -> None:
    drawing = io.BytesIO()
    Image.new("RGB", (400, 400), "red").save(drawing, "PNG")
    theirs = uploaded(server, drawing.getvalue(), "image/png")
    for other in (theirs, "ab" * 32, poster.upper(), f"{poster}.jpg", "..%2f..%2fetc%2fpasswd"):
        assert server.get(f"/api/v1/pictures/{other}?width=160").status_code in {400, 404}


def test_a_series_with_a_damaged_poster_gets_one_of_a_frame_and_its_episodes_get_frames(
    server: Server,
) -> None:
    def made() -> bool | None:
        show = server.json(f"/api/v1/shows/{Home.video_id('Lamp')}")
        poster, still = show["info"]["thumbnail"], show["episodes"][0]["thumbnail"]
        sizes = [Image.open(io.BytesIO(server.body(url))).size for url in (poster, still)]
        return sizes == [(600, 900), (320, 180)] or None

    until(made, "the pictures of the series")

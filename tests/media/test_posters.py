"""Artwork and frames become small, plain JPEGs, whatever their format was."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from blobhls.errors import SourceBroken, SourceOffline
from blobhls.media.images.posters import (
    artwork_jpeg,
    frame_jpeg,
    logo_webp,
    placeholder_jpeg,
    poster_jpeg,
)
from blobhls.media.probe.probe import probe
from tests.media.audio_clips import Film, make_film, sine


def read(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    assert picture.format == "JPEG"
    assert picture.mode == "RGB"
    assert not picture.info.get("progressive")
    assert not picture.getexif()
    return picture


def halves(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Red above, blue below."""
    picture = Image.new(mode, size, (255, 0, 0))
    picture.paste((0, 0, 255), (0, size[1] // 2, *size))
    return picture


def colour(picture: Image.Image, x: float, y: float) -> str:
    pixel = picture.getpixel((int(x * picture.width), int(y * picture.height)))
    assert isinstance(pixel, tuple)
    return "rgb"[pixel.index(max(pixel))]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_large_artwork_is_scaled_down(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"poster.{suffix}"
    halves((800, 1200)).save(path)
    picture = read(artwork_jpeg(path, 300, 300))
    assert picture.size == (200, 300)
    assert (colour(picture, 0.5, 0.2), colour(picture, 0.5, 0.8)) == ("r", "b")


def test_small_artwork_is_not_enlarged(tmp_path: Path) -> None:
    path = tmp_path / "poster.png"
    halves((40, 60)).save(path)
    assert read(artwork_jpeg(path, 300, 300)).size == (40, 60)


def test_artwork_becomes_upright_and_loses_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "poster.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    exif[0x010F] = "a camera"
    halves((120, 80)).save(path, exif=exif, comment=b"secret")
    data = artwork_jpeg(path, 300, 300)
    picture = read(data)
    assert picture.size == (80, 120)
    assert (colour(picture, 0.2, 0.5), colour(picture, 0.8, 0.5)) == ("b", "r")
    assert b"camera" not in data
    assert b"secret" not in data


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_become_dark_grey(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    seen = Image.new("RGBA", (60, 60), (255, 255, 255, 0))
    seen.paste((255, 255, 255, 255), (0, 0, 30, 60))
    seen.convert(mode).save(path)
    picture = read(artwork_jpeg(path, 60, 60)).convert("L")
    assert picture.getpixel((10, 30)) in range(240, 256)
    assert picture.getpixel((50, 30)) in range(15, 35)


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "I;16"])
def test_other_colour_modes_are_supported(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("grey.jpg" if mode == "CMYK" else "grey.png")
    Image.new(mode, (50, 40)).save(path)
    assert read(artwork_jpeg(path, 100, 100)).size == (50, 40)


def test_the_same_artwork_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "poster.png"
    halves((300, 200)).save(path)
    assert artwork_jpeg(path, 100, 100) == artwork_jpeg(path, 100, 100)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_an_image_of_a_billion_pixels_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")
    )
    with pytest.raises(SourceBroken, match=r"million pixels|damaged"):
        artwork_jpeg(path, 300, 300)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"GIF89a" + bytes(100)])
def test_other_files_than_images_are_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "poster.jpg"
    path.write_bytes(data)
    with pytest.raises(SourceBroken, match=r"poster\.jpg"):
        artwork_jpeg(path, 300, 300)


def test_a_truncated_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "poster.png"
    halves((300, 200)).save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(SourceBroken, match="damaged"):
        artwork_jpeg(path, 300, 300)


def test_missing_artwork_is_offline_not_broken(tmp_path: Path) -> None:
    with pytest.raises(SourceOffline):
        artwork_jpeg(tmp_path / "poster.jpg", 300, 300)


def test_a_frame_has_the_requested_width(clip_mp4: Path) -> None:
    picture = read(frame_jpeg(clip_mp4, probe(clip_mp4), 160))
    assert picture.size == (160, 90)


def test_a_frame_is_not_enlarged(clip_mp4: Path) -> None:
    assert read(frame_jpeg(clip_mp4, probe(clip_mp4), 4000)).size == (320, 180)


@pytest.mark.parametrize("name", ["clip_ts", "clip_avi", "clip_webm", "clip_hevc"])
def test_any_container_gives_a_frame(name: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(name)
    assert read(frame_jpeg(path, probe(path), 160)).size == (160, 90)


def test_a_file_without_video_has_no_poster_frame(tmp_path: Path) -> None:
    path = make_film(tmp_path / "a.m4a", Film("aac", picture=False, seconds=Fraction(1)), sine)
    with pytest.raises(SourceBroken, match="no video to show"):
        frame_jpeg(path, probe(path), 300)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("rotate-buck-bunny.mp4", (180, 320)),
        ("sar_2x1.mp4", (180, 51)),
        ("demo.mpg", (176, 144)),
        ("av1_video.mkv", (180, 101)),
    ],
)
def test_a_frame_is_shown_upright_in_square_pixels(
    corpus: Path, name: str, size: tuple[int, int]
) -> None:
    assert read(frame_jpeg(corpus / name, probe(corpus / name), 180)).size == size


def test_a_black_beginning_is_skipped(corpus: Path) -> None:
    path = corpus / "big_buck_bunny_0_30.webm"
    thumbnail = read(frame_jpeg(path, probe(path), 320)).convert("L").resize((1, 1))
    assert thumbnail.getpixel((0, 0)) in range(40, 256)


def test_the_placeholder_is_a_poster_and_reproducible() -> None:
    assert read(placeholder_jpeg()).size == (400, 600)
    assert placeholder_jpeg() == placeholder_jpeg()


def test_a_logo_stays_transparent(tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    seen = Image.new("RGBA", (900, 300), (255, 255, 255, 0))
    seen.paste((255, 0, 0, 255), (0, 0, 450, 300))
    seen.save(path)
    picture = Image.open(io.BytesIO(logo_webp(path, 300, 300)))
    assert (picture.format, picture.mode, picture.size) == ("WEBP", "RGBA", (300, 100))
    assert picture.getchannel("A").getextrema() == (0, 255)


def test_a_poster_of_a_wide_video_shows_a_whole_frame(clip_mp4: Path) -> None:
    picture = read(poster_jpeg(clip_mp4, probe(clip_mp4))).convert("L")
    assert picture.size == (600, 900)
    # 320 by 180, enlarged to the width of the poster: what is above it is dark and without detail.
    above = ImageStat.Stat(picture.crop((0, 0, 600, 250)))
    frame = ImageStat.Stat(picture.crop((0, 290, 600, 610)))
    assert above.mean[0] < frame.mean[0]
    assert above.stddev[0] < frame.stddev[0]


def test_a_poster_of_an_upright_video_is_filled(corpus: Path) -> None:
    path = corpus / "rotate-buck-bunny.mp4"
    picture = read(poster_jpeg(path, probe(path)))
    assert picture.size == (600, 900)
    whole = read(frame_jpeg(path, probe(path), 600)).convert("L")
    assert abs(ImageStat.Stat(picture.convert("L")).mean[0] - ImageStat.Stat(whole).mean[0]) < 8


def test_black_bars_are_removed_from_a_poster(corpus: Path) -> None:
    path = corpus / "demo.mp4"  # with bars above and below
    bars = read(frame_jpeg(path, probe(path), 600)).convert("L")
    assert ImageStat.Stat(bars.crop((0, 0, bars.width, bars.height // 12))).mean[0] < 20
    picture = read(poster_jpeg(path, probe(path))).convert("L")
    middle = ImageStat.Stat(picture.crop((0, 400, 600, 500))).mean[0]
    assert ImageStat.Stat(picture.crop((0, 20, 600, 120))).mean[0] > middle / 4

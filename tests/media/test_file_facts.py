"""Facts of uploads: displayed size, duration, blurhash; none for broken files."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from blobhls.media.probe.file_facts import blurhash, facts_of
from blobhls.media.results import FileFacts
from tests.media.audio_clips import Film, make_film, sine

OCTETS = "application/octet-stream"


def halves(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Red above, blue below."""
    picture = Image.new(mode, size, "red")
    picture.paste("blue", (0, size[1] // 2, *size))
    return picture


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [("jpg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp"), ("gif", "image/gif")],
)
def test_an_image_has_facts_whatever_its_declared_type(
    suffix: str, media_type: str, tmp_path: Path
) -> None:
    path = tmp_path / f"picture.{suffix}"
    halves((300, 200)).save(path)
    facts = facts_of(path, OCTETS)
    assert (facts.width, facts.height, facts.duration) == (300, 200, None)
    assert facts.media_type == media_type
    assert facts.blurhash is not None
    assert len(facts.blurhash) == 28
    assert facts_of(path, OCTETS) == facts


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotated_image_has_size_and_blurhash_as_displayed(
    orientation: int, tmp_path: Path
) -> None:
    path, upright = tmp_path / "turned.png", tmp_path / "upright.png"
    exif = Image.Exif()
    exif[0x0112] = orientation
    halves((64, 32)).save(path, exif=exif)
    with Image.open(path) as picture:
        ImageOps.exif_transpose(picture).save(upright)
    facts = facts_of(path, OCTETS)
    assert (facts.width, facts.height) == ((64, 32) if orientation < 5 else (32, 64))
    assert facts.blurhash == facts_of(upright, OCTETS).blurhash


def test_the_blurhash_of_one_colour_is_that_colour() -> None:
    # https://github.com/woltapp/blurhash/blob/master/Algorithm.md: size flag 4x3, no AC at all.
    assert blurhash(Image.new("RGB", (8, 8), (255, 255, 255))).startswith("L")
    assert blurhash(Image.new("RGB", (8, 8))) == "L00000fQfQfQfQfQfQfQfQfQfQfQ"


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "I;16"])
def test_every_kind_of_pixel_has_a_blurhash(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.new(mode, (5, 700)).save(path)
    facts = facts_of(path, OCTETS)
    assert (facts.width, facts.height) == (5, 700)
    assert facts.blurhash is not None


def test_a_decompression_bomb_is_measured_but_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(12_000, 12_000))
    assert facts_of(path, "image/png") == FileFacts(12_000, 12_000, media_type="image/png")


def bomb(width: int, height: int) -> bytes:
    """A PNG that states a large size, with hardly any data."""

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_a_video_has_facts(clip_mp4: Path) -> None:
    facts = facts_of(clip_mp4, "video/mp4")
    assert (facts.width, facts.height, facts.media_type) == (320, 180, "video/mp4")
    assert facts.duration == pytest.approx(12, abs=0.1)
    assert facts.blurhash is not None


def test_an_audio_file_has_a_duration_and_its_own_type(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    make_film(path, Film(codec="aac", seconds=Fraction(3), picture=False), sine)
    facts = facts_of(path, OCTETS)
    assert (facts.width, facts.blurhash, facts.media_type) == (None, None, "audio/mp4")
    assert facts.duration == pytest.approx(3, abs=0.1)


def test_a_segment_is_recognised_but_not_read_through(clip_ts: Path) -> None:
    assert facts_of(clip_ts, OCTETS) == FileFacts(media_type="video/mp2t")


def test_a_playlist_has_no_fact_except_its_type(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("#EXTM3U\n/etc/passwd\n")
    assert facts_of(path, "video/mp4") == FileFacts(media_type="application/vnd.apple.mpegurl")


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4", "audio/mpeg", OCTETS, "", ";"])
def test_rubbish_has_no_facts(media_type: str, tmp_path: Path) -> None:
    path = tmp_path / "rubbish"
    path.write_bytes(b"nothing at all " * 100)
    assert facts_of(path, media_type) == FileFacts()


def test_a_file_that_is_not_there_has_no_facts(tmp_path: Path) -> None:
    assert facts_of(tmp_path / "gone", "image/png") == FileFacts()


@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), data=st.data())
def test_a_damaged_file_is_not_an_error(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    halves((40, 30)).save(whole, kind, **({} if kind == "GIF" else {"exif": exif}))
    body = bytearray(whole.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=8)):
        body[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(body[: data.draw(st.integers(0, len(body)))])
    assert isinstance(facts_of(path, f"image/{kind.lower()}"), FileFacts)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("rotate-buck-bunny.mp4", (1080, 1920)),
        ("sar_2x1.mp4", (1280, 360)),
        ("av1_video.mkv", (640, 360)),
    ],
)
def test_real_videos_have_their_displayed_size(
    corpus: Path, name: str, size: tuple[int, int]
) -> None:
    facts = facts_of(corpus / name, OCTETS)
    assert (facts.width, facts.height) == size
    assert facts.blurhash is not None

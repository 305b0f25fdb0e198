"""Optimised images keep their format and look, and lose their metadata."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, PngImagePlugin

from blobhls.errors import SourceBroken, SourceOffline
from blobhls.media.images.metadata import stripped
from blobhls.media.images.optimiser import optimised_image
from tests.media.test_file_facts import bomb, halves

KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
SECRETS = (b"a camera", b"a comment", b"a text", b"xmpmeta", b"behind the end", b"ICC")


def read(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Noise, which no encoder can compress; the same each time."""
    grey = Image.frombytes("L", size, bytes(n * n * 31 % 251 for n in range(size[0] * size[1])))
    return grey.convert(mode)


def telling(path: Path, picture: Image.Image, kind: str, orientation: int = 1) -> Path:
    """Write an image with all the metadata that its format may have."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "a camera"
    options: dict[str, Any] = {"exif": exif, "xmp": b"<x:xmpmeta/>", "icc_profile": srgb()}
    if kind == "JPEG":
        options["comment"] = b"a comment"
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", "a text")
        options["pnginfo"] = texts
        options.pop("xmp")
    picture.save(path, kind, **options)
    path.write_bytes(path.read_bytes() + b"behind the end")
    return path


def srgb() -> bytes:
    body = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return body[:24] + bytes(12) + body[36:]  # without the date of today


def same(one: Image.Image, other: Image.Image) -> bool:
    both = one.convert("RGBA"), other.convert("RGBA")
    return one.size == other.size and not ImageChops.difference(*both).getbbox(alpha_only=False)


@pytest.mark.parametrize("kind", KINDS)
def test_metadata_is_removed_and_every_pixel_kept(kind: str, tmp_path: Path) -> None:
    path = telling(tmp_path / "picture", noise((60, 40)), kind)
    before = path.read_bytes()
    data, media_type = optimised_image(path, 2048)
    assert media_type == KINDS[kind]
    assert len(data) < len(before)
    assert same(read(data), read(before))
    for secret in SECRETS:
        assert secret not in data
    assert not read(data).getexif()
    assert not {"icc_profile", "exif", "xmp", "comment", "Comment"} & set(read(data).info)


@pytest.mark.parametrize("kind", KINDS)
def test_optimising_twice_changes_nothing(kind: str, tmp_path: Path) -> None:
    path, again = telling(tmp_path / "one", halves((90, 60)), kind), tmp_path / "two"
    again.write_bytes(optimised_image(path, 2048)[0])
    assert optimised_image(again, 2048)[0] == again.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_rotated_image_becomes_upright(kind: str, orientation: int, tmp_path: Path) -> None:
    path = telling(tmp_path / "picture", halves((90, 60)), kind, orientation)
    data, _ = optimised_image(path, 2048)
    picture = read(data).convert("RGB")
    assert picture.size == ((90, 60) if orientation == 3 else (60, 90))
    corner = {3: "blue", 6: "blue", 8: "red"}[orientation]
    pixel = picture.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel.index(max(pixel)) == {"red": 0, "blue": 2}[corner]
    assert b"a camera" not in data


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_side_is_limited(kind: str, tmp_path: Path) -> None:
    path = telling(tmp_path / "picture", halves((90, 300)), kind)
    assert read(optimised_image(path, 100)[0]).size == (30, 100)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("most", [50, 2048])
def test_transparent_parts_stay_transparent(kind: str, most: int, tmp_path: Path) -> None:
    picture = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    picture.paste((0, 255, 0, 255), (50, 0, 100, 100))
    path = telling(tmp_path / "picture", picture, kind)
    seen = read(optimised_image(path, most)[0]).convert("RGBA").getchannel("A")
    assert (seen.getpixel((5, 5)), seen.getpixel((seen.width - 5, 5))) == (0, 255)


@pytest.mark.parametrize("most", [20, 2048])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_png_looks_the_same(mode: str, most: int, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    level = 255 if mode == "1" else 200
    Image.new("L", (40, 40), level).convert(mode).save(path)
    assert read(optimised_image(path, most)[0]).convert("L").getpixel((10, 10)) == level


def test_sixteen_bits_of_grey_become_eight_of_the_same_grey(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.new("I;16", (40, 40), 200 * 256).save(path)
    picture = read(optimised_image(path, 20)[0])
    assert (picture.mode, picture.getpixel((10, 10))) == ("L", 200)


def test_a_palette_with_a_transparent_colour_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    picture = Image.new("P", (40, 40), 0)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.save(path, transparency=0)
    for most in (20, 2048):
        seen = read(optimised_image(path, most)[0]).convert("RGBA")
        assert seen.getchannel("A").getpixel((5, 5)) == 0


def test_a_wasteful_jpeg_is_encoded_again(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    noise((400, 400)).save(path, quality=100, subsampling=0)
    assert len(optimised_image(path, 2048)[0]) < path.stat().st_size * 2 / 3


def test_a_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    Image.new("CMYK", (40, 40), (0, 255, 255, 0)).save(path)
    picture = read(optimised_image(path, 2048)[0])
    assert picture.mode == "RGB"
    pixel = picture.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200 > 60 > max(pixel[1:])


def swapped() -> bytes:
    """A colour profile in which red and blue are swapped."""
    body = bytearray(srgb())
    tags = {bytes(body[at : at + 4]): at for at in range(132, 132 + 12 * body[131], 12)}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    body[red : red + 4], body[blue : blue + 4] = b"bXYZ", b"rXYZ"
    at = tags[b"desc"]
    body[at : at + 4] = b"xxxx"
    return bytes(body)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_other_colour_spaces_become_srgb(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.new(mode, (40, 40), "red").save(path, icc_profile=swapped())
    picture = read(optimised_image(path, 2048)[0])
    pixel = picture.convert("RGB").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel[2] > 200 > 60 > max(pixel[:2])
    assert picture.mode == mode


@pytest.mark.parametrize("profile", [b"nonsense", bytes(5_000_000)], ids=["nonsense", "large"])
def test_an_invalid_colour_profile_is_ignored(profile: bytes, tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    noise((40, 40)).save(path, icc_profile=profile)
    data, _ = optimised_image(path, 2048)
    assert same(read(data), read(path.read_bytes()))
    assert b"ICC" not in data


def test_the_second_image_of_a_jpeg_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    noise((40, 40)).save(path, "MPO", save_all=True, append_images=[halves((40, 40))])
    assert read(path.read_bytes()).format == "MPO"
    data, media_type = optimised_image(path, 2048)
    assert (media_type, read(data).format) == ("image/jpeg", "JPEG")
    assert same(read(data), read(path.read_bytes()))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused_with_a_reason(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    others = [Image.new("RGB", (20, 20), "blue")]
    Image.new("RGB", (20, 20), "red").save(path, kind, save_all=True, append_images=others)
    with pytest.raises(SourceBroken, match="animation"):
        optimised_image(path, 2048)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(bomb(12_000, 12_000))
    with pytest.raises(SourceBroken, match="million pixels"):
        optimised_image(path, 2048)


def test_other_formats_are_refused(tmp_path: Path) -> None:
    for name in ("picture.gif", "picture.tiff", "picture.bmp"):
        halves((20, 20)).save(tmp_path / name)
        with pytest.raises(SourceBroken, match="no JPEG, PNG or WebP"):
            optimised_image(tmp_path / name, 2048)
    with pytest.raises(SourceOffline):
        optimised_image(tmp_path / "gone.png", 2048)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_scans_survive_stripping(options: dict[str, Any]) -> None:
    file = io.BytesIO()
    noise((200, 120)).save(file, "JPEG", comment=b"a comment", **options)
    data = stripped(file.getvalue(), "JPEG")
    assert data is not None
    assert b"a comment" not in data
    assert same(read(data), read(file.getvalue()))


@given(kind=st.sampled_from(list(KINDS)), data=st.data())
def test_a_damaged_image_is_refused_or_gives_a_complete_one(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = telling(tmp_path_factory.getbasetemp() / "damaged", noise((20, 15)), kind, 6)
    body = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=8)):
        body[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(body[: data.draw(st.integers(0, len(body)))])
    stripped(path.read_bytes(), kind)
    try:
        made, _ = optimised_image(path, 2048)
    except SourceBroken:
        return
    read(made)

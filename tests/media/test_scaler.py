"""Images are scaled down to WebP, never up, and reproducibly."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from blobhls.encoding_profiles import IMAGE
from blobhls.errors import RenderFailed, SourceBroken, SourceOffline
from blobhls.media.images.scaler import encoder
from blobhls.media.render import render
from blobhls.recipe import ScaledImage

WIDTH: Final = 160
RECIPE: Final = ScaledImage("5" * 64, WIDTH, encoder(), IMAGE.name)


def drawn(path: Path, size: tuple[int, int], mode: str = "RGB") -> Path:
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.linear_gradient("L").rotate(90).resize(size))
    picture.save(path)
    return path


def read(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    assert picture.format == "WEBP"
    assert not picture.getexif()
    return picture


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_an_image_has_the_requested_width(suffix: str, tmp_path: Path) -> None:
    path = drawn(tmp_path / f"poster.{suffix}", (600, 900))
    picture = read(render(RECIPE, path))
    assert picture.size == (WIDTH, 240)
    assert picture.mode == "RGB"


def test_a_large_jpeg_keeps_its_shape(tmp_path: Path) -> None:
    path = drawn(tmp_path / "banner.jpg", (4001, 1001))
    assert read(render(RECIPE, path)).size == (WIDTH, 40)


@pytest.mark.parametrize("size", [(40, 60), (1, 1), (160, 5)])
def test_a_small_image_is_never_enlarged(size: tuple[int, int], tmp_path: Path) -> None:
    assert read(render(RECIPE, drawn(tmp_path / "poster.png", size))).size == size


def test_transparent_parts_stay_transparent(tmp_path: Path) -> None:
    picture = read(render(RECIPE, drawn(tmp_path / "logo.png", (400, 100), "RGBA")))
    assert picture.mode == "RGBA"
    assert picture.getchannel("A").getextrema() != (255, 255)


def test_the_same_image_gives_the_same_bytes(tmp_path: Path) -> None:
    path = drawn(tmp_path / "poster.jpg", (600, 900))
    assert render(RECIPE, path) == render(RECIPE, path)


def test_a_recipe_of_another_encoder_is_refused(tmp_path: Path) -> None:
    path = drawn(tmp_path / "poster.jpg", (60, 90))
    other = ScaledImage(RECIPE.picture, WIDTH, "pillow-1 webp-0", IMAGE.name)
    with pytest.raises(RenderFailed, match="pillow-1"):
        render(other, path)


def test_broken_and_missing_images_are_different_errors(tmp_path: Path) -> None:
    path = tmp_path / "poster.jpg"
    with pytest.raises(SourceOffline):
        render(RECIPE, path)
    path.write_bytes(b"\xff\xd8\xff\xe0 and no more")
    with pytest.raises(SourceBroken):
        render(RECIPE, path)
    path.write_bytes(drawn(tmp_path / "whole.jpg", (600, 900)).read_bytes()[:2000])
    with pytest.raises(SourceBroken):
        render(RECIPE, path)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(SourceBroken, match="pixels"):
        render(RECIPE, path)

"""Images in the sizes that web pages use. Runs in a worker process."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import PIL
from PIL import Image, ImageOps, features

from blobhls.media.images.image_file import check_pixels, is_transparent, opened_image, webp
from blobhls.recipe import ScaledImage

_QUALITY: Final = 80


def encoder() -> str:
    """Return the encoder's name and version: with the recipe, it determines the bytes."""
    return f"pillow-{PIL.__version__} webp-{features.version('webp')}"


def scaled_webp(recipe: ScaledImage, path: Path) -> bytes:
    """Return the image of a recipe as WebP, at most as wide as the recipe says, and never enlarged.

    Without metadata. Raises `SourceBroken` for damaged or too large files and other formats,
    `SourceOffline`, or `ValueError` if the recipe names another encoder.
    """
    if recipe.encoder != encoder():
        raise ValueError(f"its encoder is {recipe.encoder}, not this one")
    with opened_image(path) as image:
        check_pixels(image, path.name)
        # A JPEG can be decoded at an eighth, a quarter or half of its size, where that suffices.
        image.draft(None, (2 * recipe.width, 1))
        scaled = ImageOps.exif_transpose(image)
        scaled = scaled.convert("RGBA" if is_transparent(scaled) else "RGB")
    if scaled.width > recipe.width:
        height = max(1, round(scaled.height * recipe.width / scaled.width))
        scaled = scaled.resize((recipe.width, height), Image.Resampling.LANCZOS)
    return webp(scaled, _QUALITY)

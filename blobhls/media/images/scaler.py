"""Pictures in the sizes that pages show. Runs in a worker process."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import PIL
from PIL import Image, ImageOps, features

from blobhls.media.images.image_file import check_pixels, is_transparent, opened_picture, webp
from blobhls.recipe import ScaledImage

_QUALITY: Final = 80


def encoder() -> str:
    """Return what encodes here: all that decides about the bytes besides the recipe."""
    return f"pillow-{PIL.__version__} webp-{features.version('webp')}"


def scaled_webp(recipe: ScaledImage, path: Path) -> bytes:
    """Return the picture of a recipe as WebP, no wider than it says and never wider than it was.

    Nothing that the file says of itself goes along. Raises `SourceBroken` for what is no picture
    or too large a one, `SourceOffline`, or `ValueError` if another encoder is asked for.
    """
    if recipe.encoder != encoder():
        raise ValueError(f"it was made by {recipe.encoder}")
    with opened_picture(path) as picture:
        check_pixels(picture, path.name)
        # A JPEG is decoded at an eighth, a quarter or half of its size, where that is enough.
        picture.draft(None, (2 * recipe.width, 1))
        shown = ImageOps.exif_transpose(picture)
        shown = shown.convert("RGBA" if is_transparent(shown) else "RGB")
    if shown.width > recipe.width:
        height = max(1, round(shown.height * recipe.width / shown.width))
        shown = shown.resize((recipe.width, height), Image.Resampling.LANCZOS)
    return webp(shown, _QUALITY)

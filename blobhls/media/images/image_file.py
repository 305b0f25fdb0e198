"""Opening image files from untrusted senders: size limits, and Pillow's errors as our own."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from blobhls.errors import SourceBroken, SourceOffline

STILLS: Final = ("JPEG", "PNG", "WEBP")
MAX_PIXELS: Final = 64_000_000  # that are ever decoded; this takes up to 256 MB
_EFFORT: Final = 4  # of 6, on libwebp's scale
_BACKGROUND: Final = (24, 24, 28)  # colour behind transparent parts
_PILLOW_ERRORS: Final = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    SyntaxError,
    EOFError,
    ArithmeticError,
    struct.error,
    Image.DecompressionBombError,
)


@contextmanager
def opened_image(path: Path, formats: tuple[str, ...] = STILLS) -> Iterator[Image.Image]:
    """Open an image in one of these formats of Pillow; decode it inside the context.

    Raises `SourceBroken` for other formats and for damaged or too large images, or
    `SourceOffline`.
    """
    try:
        with warnings.catch_warnings():
            # Our own pixel limit is stricter than the one that Pillow warns about.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=formats) as image:
                yield image
    except (FileNotFoundError, PermissionError) as error:
        raise SourceOffline(f"can't read {path.name}: {error.strerror}") from error
    except UnidentifiedImageError as error:
        *others, last = (name.replace("WEBP", "WebP") for name in formats)
        kinds = f"{', '.join(others)} or {last}" if others else last
        raise SourceBroken(f"{path.name} is no {kinds} image") from error
    except _PILLOW_ERRORS as error:
        raise SourceBroken(f"{path.name} is a damaged image: {error}") from error


def check_pixels(image: Image.Image, name: str) -> None:
    """Raise `SourceBroken` for an image with more pixels than are ever decoded."""
    if image.width * image.height > MAX_PIXELS:
        raise SourceBroken(f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels")


def webp(image: Image.Image, quality: int) -> bytes:
    """Return the pixels as WebP, without metadata."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    result = io.BytesIO()
    bare.save(result, "WEBP", quality=quality, method=_EFFORT)
    return result.getvalue()


def is_transparent(image: Image.Image) -> bool:
    """Say whether an image has an alpha channel or a transparent colour."""
    return image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info


def flattened(image: Image.Image) -> Image.Image:
    """Return an image as RGB, with transparent parts on dark grey."""
    if is_transparent(image):
        rgba = image.convert("RGBA")
        background = Image.new("RGBA", rgba.size, (*_BACKGROUND, 255))
        return Image.alpha_composite(background, rgba).convert("RGB")
    return image.convert("RGB")

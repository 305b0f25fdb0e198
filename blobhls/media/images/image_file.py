"""Opening a picture file that anybody may have sent: bounded, and its faults as our errors."""

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
MOST_PIXELS: Final = 64_000_000  # that are ever decoded; it takes up to 256 MB
_EFFORT: Final = 4  # of 6, as libwebp counts
_GROUND: Final = (24, 24, 28)  # behind what is transparent
_FAULTS: Final = (
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
def opened_picture(path: Path, formats: tuple[str, ...] = STILLS) -> Iterator[Image.Image]:
    """Open a picture of one of these formats of Pillow's; decoding it belongs into the body.

    Raises `SourceBroken` for what is no such picture, a damaged or too large one, or
    `SourceOffline`.
    """
    try:
        with warnings.catch_warnings():
            # Our own limit on pixels is stricter than the one Pillow warns of.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=formats) as picture:
                yield picture
    except (FileNotFoundError, PermissionError) as error:
        raise SourceOffline(f"can't read {path.name}: {error.strerror}") from error
    except UnidentifiedImageError as error:
        *most, last = (name.replace("WEBP", "WebP") for name in formats)
        kinds = f"{', '.join(most)} or {last}" if most else last
        raise SourceBroken(f"{path.name} is no {kinds} picture") from error
    except _FAULTS as error:
        raise SourceBroken(f"{path.name} is a damaged picture: {error}") from error


def check_pixels(picture: Image.Image, name: str) -> None:
    """Raise `SourceBroken` for a picture with more pixels than are ever decoded."""
    if picture.width * picture.height > MOST_PIXELS:
        raise SourceBroken(f"{name} has more than {MOST_PIXELS // 1_000_000} million pixels")


def webp(picture: Image.Image, quality: int) -> bytes:
    """Return the pixels as WebP, and nothing that a file said about itself."""
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    result = io.BytesIO()
    bare.save(result, "WEBP", quality=quality, method=_EFFORT)
    return result.getvalue()


def is_transparent(picture: Image.Image) -> bool:
    """Say whether a picture has an alpha channel, or a colour that stands for nothing."""
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def flattened(picture: Image.Image) -> Image.Image:
    """Return a picture as RGB, what is transparent in it on dark grey."""
    if is_transparent(picture):
        seen = picture.convert("RGBA")
        ground = Image.new("RGBA", seen.size, (*_GROUND, 255))
        return Image.alpha_composite(ground, seen).convert("RGB")
    return picture.convert("RGB")

"""Optimised images: limited in size, upright, in sRGB and without metadata.

JPEG, PNG and WebP keep their format, as the uploader chose it for a reason. Runs in a worker
process.

The result is a new encoding where the pixels have to change (too large, rotated, or not in sRGB).
Otherwise it is the coded pixels without metadata, so that optimising twice loses no quality; a new
encoding replaces them only where it is smaller, and if it is lossy, by at least a third. Such an
image never grows.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps

from blobhls.errors import SourceBroken
from blobhls.media.images.image_file import check_pixels, is_transparent, opened_image
from blobhls.media.images.metadata import is_lossless, stripped

_MAX_BYTES: Final = 200_000_000  # of a file, which is read as a whole
_MAX_PROFILE: Final = 4_000_000  # bytes; profiles of printers take about half of that
_MIN_GAIN: Final = Fraction(2, 3)  # relative size below which a lossy image is encoded again
_ORIENTATION: Final = 0x0112
_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_JPEG: Final[dict[str, Any]] = {"quality": 85, "optimize": True, "progressive": True}
_WEBP: Final[dict[str, Any]] = {"quality": 85, "method": 4}
_PNG: Final[dict[str, Any]] = {"optimize": True}
# Pillow's modes by the colour space of an ICC profile that suits them.
_SPACES: Final = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def optimised_image(path: Path, most_pixels_side: int) -> tuple[bytes, str]:
    """Return an image with no side longer than `most_pixels_side`, and its media type.

    The same file gives the same bytes. Raises `SourceBroken` for other formats than JPEG, PNG and
    WebP, for damaged or too large images, and for animations (an error is better than losing all
    but the first frame); or `SourceOffline`.
    """
    with opened_image(path) as image:
        # A JPEG with a second image (depth, HDR gain) counts as its first image.
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        if kind != "JPEG" and getattr(image, "is_animated", False):
            raise SourceBroken("it is an animation, which can't be optimised without losing it")
        check_pixels(image, path.name)
        if path.stat().st_size > _MAX_BYTES:
            raise SourceBroken(f"{path.name} has more than {_MAX_BYTES // 1_000_000} MB")
        data = path.read_bytes()
        prepared, changed = _prepared(image, most_pixels_side)
    lossless = is_lossless(data, kind)
    coded = _coded(prepared, kind, lossless=lossless)
    bare = None if changed else stripped(data, kind)
    if bare is not None and len(coded) >= len(bare) * (1 if lossless else _MIN_GAIN):
        coded = bare
    return coded, _TYPES[kind]


def _prepared(image: Image.Image, max_side: int) -> tuple[Image.Image, bool]:
    """Return the pixels as they have to be shown, and whether they changed."""
    profile = image.info.get("icc_profile")
    is_rotated = image.getexif().get(_ORIENTATION, 1) in range(2, 9)
    is_large = max(image.size) > max_side
    prepared = _normalised(ImageOps.exif_transpose(image) if is_rotated else image)
    if is_large:
        prepared.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    converted = _converted_to_srgb(prepared, profile) if profile else None
    # CMYK is for printers: browsers guess its colours, each in its own way.
    is_cmyk = prepared.mode == "CMYK"
    if converted is not None:
        prepared = converted
    elif is_cmyk:
        prepared = prepared.convert("RGB")
    return prepared, is_rotated or is_large or is_cmyk or converted is not None


def _normalised(image: Image.Image) -> Image.Image:
    """Return a copy of an image as L, LA, RGB, RGBA or CMYK, with eight bits a channel."""
    if image.mode in {"I", "I;16", "I;16B", "F"}:  # 16-bit grey, which Pillow would clip
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"L", "LA", "RGBA", "CMYK"} and "transparency" not in image.info:
        return image.copy()
    if is_transparent(image):
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _converted_to_srgb(image: Image.Image, body: bytes) -> Image.Image | None:
    """Return an image of another colour space in sRGB; None where it needs no conversion."""
    if len(body) > _MAX_PROFILE:
        return None
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colours = image if alpha is None else image.convert(image.mode.removesuffix("A"))
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(body))
        description = profile.profile.profile_description or ""
        fits = _SPACES.get(profile.profile.xcolor_space.strip()) == colours.mode
        # "c2" is the tiny sRGB profile of Facebook and Flickr.
        if not fits or description.startswith("sRGB") or description == "c2":
            return None
        converted = ImageCms.profileToProfile(
            colours, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # browsers treat an image with a broken profile as sRGB too
    if converted is not None and alpha is not None:
        converted.putalpha(alpha)
    return converted


def _coded(image: Image.Image, kind: str, *, lossless: bool) -> bytes:
    """Encode pixels without metadata."""
    if kind == "JPEG" and image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    if kind == "WEBP" and image.mode not in {"RGB", "RGBA"}:
        image = image.convert("RGBA" if image.mode == "LA" else "RGB")
    image.info = {}  # otherwise profile, comment and text would be written again
    result = io.BytesIO()
    options = {"JPEG": _JPEG, "PNG": _PNG, "WEBP": _WEBP}[kind]
    if kind == "WEBP" and lossless:
        options = {**options, "lossless": True}
    image.save(result, kind, **options)
    return result.getvalue()

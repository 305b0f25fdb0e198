"""Pictures made fit to be passed on: of limited size, upright, sRGB, and silent about their origin.

JPEG, PNG and WebP stay what they are, as whoever uploads chose it for a reason. Runs in a worker
process.

Which bytes come out: where the pixels have to change (too large, turned, in other colours than
sRGB), a new encoding. Else the coded pixels as they are, without metadata, so that nothing gets
worse by passing through here twice; a new encoding takes their place only where it is smaller, and
by a third at least if it costs quality. Such a picture never grows.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps

from blobhls.errors import SourceBroken
from blobhls.media.images.image_file import check_pixels, is_transparent, opened_picture
from blobhls.media.images.metadata import is_lossless, stripped

_MOST_BYTES: Final = 200_000_000  # of a file; all of it is read
_MOST_PROFILE: Final = 4_000_000  # bytes; profiles of printers take about half of that
_WORTH_IT: Final = Fraction(2, 3)  # of its size, below which a lossy picture is encoded again
_ORIENTATION: Final = 0x0112
_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_JPEG: Final[dict[str, Any]] = {"quality": 85, "optimize": True, "progressive": True}
_WEBP: Final[dict[str, Any]] = {"quality": 85, "method": 4}
_PNG: Final[dict[str, Any]] = {"optimize": True}
# Pillow's modes by the colour space of an ICC profile that can belong to them.
_SPACES: Final = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def optimised_image(path: Path, most_pixels_side: int) -> tuple[bytes, str]:
    """Return a picture with no side longer than so many pixels, and its media type.

    The same bytes for the same file. Raises `SourceBroken` for what is no JPEG, PNG or WebP, for
    a damaged or too large one, and for an animation: losing all but its first picture would be
    worse than being told; or `SourceOffline`.
    """
    with opened_picture(path) as picture:
        # A JPEG with a second picture (depth, HDR gain) behind the first is one of its first.
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        if kind != "JPEG" and getattr(picture, "is_animated", False):
            raise SourceBroken("it is an animation, which can't be optimised without losing it")
        check_pixels(picture, path.name)
        if path.stat().st_size > _MOST_BYTES:
            raise SourceBroken(f"{path.name} has more than {_MOST_BYTES // 1_000_000} MB")
        data = path.read_bytes()
        shown, changed = _shown(picture, most_pixels_side)
    lossless = is_lossless(data, kind)
    coded = _coded(shown, kind, lossless=lossless)
    bare = None if changed else stripped(data, kind)
    if bare is not None and len(coded) >= len(bare) * (1 if lossless else _WORTH_IT):
        coded = bare
    return coded, _TYPES[kind]


def _shown(picture: Image.Image, most: int) -> tuple[Image.Image, bool]:
    """Return the pixels as they are to be seen, and whether they had to change for it."""
    profile = picture.info.get("icc_profile")
    turned = picture.getexif().get(_ORIENTATION, 1) in range(2, 9)
    large = max(picture.size) > most
    shown = _plain(ImageOps.exif_transpose(picture) if turned else picture)
    if large:
        shown.thumbnail((most, most), Image.Resampling.LANCZOS)
    converted = _in_srgb(shown, profile) if profile else None
    # Ink is for printers: browsers guess at its colours, each in its own way.
    inked = shown.mode == "CMYK"
    if converted is not None:
        shown = converted
    elif inked:
        shown = shown.convert("RGB")
    return shown, turned or large or inked or converted is not None


def _plain(picture: Image.Image) -> Image.Image:
    """Return a picture as L, LA, RGB, RGBA or CMYK, eight bits each; a copy in any case."""
    if picture.mode in {"I", "I;16", "I;16B", "F"}:  # sixteen bits of grey, which Pillow would cut
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in {"L", "LA", "RGBA", "CMYK"} and "transparency" not in picture.info:
        return picture.copy()
    if is_transparent(picture):
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _in_srgb(picture: Image.Image, body: bytes) -> Image.Image | None:
    """Return a picture of another colour space in sRGB; None where it is, or may as well be."""
    if len(body) > _MOST_PROFILE:
        return None
    alpha = picture.getchannel("A") if picture.mode in {"LA", "RGBA"} else None
    colours = picture if alpha is None else picture.convert(picture.mode.removesuffix("A"))
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(body))
        said = profile.profile.profile_description or ""
        fits = _SPACES.get(profile.profile.xcolor_space.strip()) == colours.mode
        # "c2" is the tiny sRGB profile of Facebook and Flickr.
        if not fits or said.startswith("sRGB") or said == "c2":
            return None
        converted = ImageCms.profileToProfile(
            colours, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # shown as browsers show a picture whose profile is broken: as sRGB
    if converted is not None and alpha is not None:
        converted.putalpha(alpha)
    return converted


def _coded(picture: Image.Image, kind: str, *, lossless: bool) -> bytes:
    """Encode pixels, and nothing but pixels."""
    if kind == "JPEG" and picture.mode not in {"L", "RGB"}:
        picture = picture.convert("RGB")
    if kind == "WEBP" and picture.mode not in {"RGB", "RGBA"}:
        picture = picture.convert("RGBA" if picture.mode == "LA" else "RGB")
    picture.info = {}  # or profile, comment and text would be written again
    result = io.BytesIO()
    options = {"JPEG": _JPEG, "PNG": _PNG, "WEBP": _WEBP}[kind]
    if kind == "WEBP" and lossless:
        options = {**options, "lossless": True}
    picture.save(result, kind, **options)
    return result.getvalue()

"""What a decoded picture says of itself, and only there."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, cast

import msgspec
from av.buffer import Buffer
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

_MATRIX: Final = struct.Struct("=9i")
# libavutil/mastering_display_metadata.h: rationals of primaries, white point, least and greatest
# luminance, then two flags; the light levels are the first two numbers of theirs.
_MASTERING: Final = struct.Struct("=16i4i2i")
_LIGHT: Final = struct.Struct("=2I")
_DIMMEST, _BRIGHTEST = 300, 4_000  # cd/m²: what else is said of a film is a mistake
_UNSAID: Final = 2  # ISO/IEC 23091-2, of all three


class Turn(msgspec.Struct, frozen=True):
    """How a picture was turned: upside down first where `mirrored`, then counter-clockwise."""

    rotation: int  # degrees, 0, 90, 180, 270
    mirrored: bool


def turn(frame: VideoFrame) -> Turn:
    """Return how to hold a picture (ISO/IEC 14496-12 §8.3.2, the matrix of `tkhd`)."""
    rotation = round(frame.rotation / 90) * 90 % 360
    raw = _side_data(frame, Type.DISPLAYMATRIX)
    if len(raw) < _MATRIX.size:
        return Turn(rotation, mirrored=False)
    a, b, _, c, d, *_ = _MATRIX.unpack_from(raw)
    return Turn(rotation, mirrored=a * d - b * c < 0)


def peak_light(frame: VideoFrame) -> int:
    """Return cd/m² of the brightest that an HDR film holds; 0 where it does not say.

    MaxCLL where it is believable, else what the screen could show that it was made on
    (SMPTE ST 2086, CTA-861.3).
    """
    raw = _side_data(frame, Type.MASTERING_DISPLAY_METADATA)
    screen = 0
    if len(raw) >= _MASTERING.size:
        *_, top, bottom, _, has_luminance = _MASTERING.unpack_from(raw)
        if has_luminance and bottom > 0:
            screen = round(Fraction(top, bottom))
    raw = _side_data(frame, Type.CONTENT_LIGHT_LEVEL)
    content = _LIGHT.unpack_from(raw)[0] if len(raw) >= _LIGHT.size else 0
    if _DIMMEST <= content <= min(screen or _BRIGHTEST, _BRIGHTEST):
        return int(content)
    return min(screen, _BRIGHTEST) if screen >= _DIMMEST else 0


def said(of_picture: int, of_stream: int) -> int:
    """Return a code point of ISO/IEC 23091-2: the picture's, or the container's."""
    return of_stream if of_picture == _UNSAID else of_picture


def _side_data(frame: VideoFrame, kind: Type) -> bytes:
    # PyAV's types know of motion vectors alone.
    held = cast("Mapping[Type, Buffer]", frame.side_data)
    return bytes(held[kind]) if kind in held else b""

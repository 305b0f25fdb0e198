"""Facts that a decoded frame states and its container does not."""

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
# libavutil/mastering_display_metadata.h: rationals of primaries, white point, minimum and maximum
# luminance, then two flags; the light levels are the first two numbers of their struct.
_MASTERING: Final = struct.Struct("=16i4i2i")
_LIGHT: Final = struct.Struct("=2I")
_MIN_PEAK, _MAX_PEAK = 300, 4_000  # cd/m²: values outside are mistakes
_UNSPECIFIED: Final = 2  # ISO/IEC 23091-2: unspecified, for primaries, transfer and matrix


class Orientation(msgspec.Struct, frozen=True):
    """How a frame was turned: flipped vertically first if `mirrored`, then counter-clockwise."""

    rotation: int  # degrees, 0, 90, 180, 270
    mirrored: bool


def orientation_of(frame: VideoFrame) -> Orientation:
    """Return a frame's orientation (ISO/IEC 14496-12 §8.3.2, the matrix of `tkhd`)."""
    rotation = round(frame.rotation / 90) * 90 % 360
    raw = _side_data(frame, Type.DISPLAYMATRIX)
    if len(raw) < _MATRIX.size:
        return Orientation(rotation, mirrored=False)
    a, b, _, c, d, *_ = _MATRIX.unpack_from(raw)
    return Orientation(rotation, mirrored=a * d - b * c < 0)


def peak_light(frame: VideoFrame) -> int:
    """Return cd/m² of the brightest light in an HDR video; 0 where it is not stated.

    MaxCLL where it is plausible, else the maximum of the mastering display (SMPTE ST 2086,
    CTA-861.3).
    """
    raw = _side_data(frame, Type.MASTERING_DISPLAY_METADATA)
    display = 0
    if len(raw) >= _MASTERING.size:
        *_, top, bottom, _, has_luminance = _MASTERING.unpack_from(raw)
        if has_luminance and bottom > 0:
            display = round(Fraction(top, bottom))
    raw = _side_data(frame, Type.CONTENT_LIGHT_LEVEL)
    content = _LIGHT.unpack_from(raw)[0] if len(raw) >= _LIGHT.size else 0
    if _MIN_PEAK <= content <= min(display or _MAX_PEAK, _MAX_PEAK):
        return int(content)
    return min(display, _MAX_PEAK) if display >= _MIN_PEAK else 0


def code_point(of_frame: int, of_stream: int) -> int:
    """Return a code point of ISO/IEC 23091-2: the frame's, or the container's if unspecified."""
    return of_stream if of_frame == _UNSPECIFIED else of_frame


def _side_data(frame: VideoFrame, kind: Type) -> bytes:
    # PyAV's type annotations cover motion vectors only.
    held = cast("Mapping[Type, Buffer]", frame.side_data)
    return bytes(held[kind]) if kind in held else b""

"""Dolby Vision: what a file holds beside the base layer that every decoder shows.

Dolby Vision Streams Within the ISO Base Media File Format, §3.1; for HLS authoring, Apple's
"Dolby Vision in HLS".
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
from av.container import OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from blobhls.media.container.muxer import init_section
from blobhls.media.probe_values import DolbyVision
from blobhls.recipe import MPEG_CLOCK

# Profiles whose base layer may be unusable; in 4 and 7 it is HDR10 or SDR.
_OWN_BASE_PROFILES: Final = (5, 10)
_BOXES: Final = (b"dvcC", b"dvvC", b"dvwC")


def dolby_vision(video: VideoStream) -> DolbyVision | None:
    """Return a stream's configuration record; None where there is none.

    PyAV does not expose it. libav finds it in every container and writes it into an
    initialisation section, so one is written and parsed.
    """

    def add(output: OutputContainer) -> Stream:
        return output.add_stream_from_template(video, opaque=True)

    try:
        head = init_section(add, Fraction(1, MPEG_CLOCK))
    except (av.FFmpegError, ValueError):
        return None  # a codec that MP4 can't hold
    return next((found for box in _BOXES if (found := _parse_record(head, box))), None)


def _parse_record(head: bytes, box: bytes) -> DolbyVision | None:
    """Parse a DOVIDecoderConfigurationRecord: profile (7 bits), level (6), flags, base (4)."""
    body = head[head.find(box) + 4 :] if box in head else b""
    if len(body) < 5:
        return None
    return DolbyVision(body[2] >> 1, (body[2] & 1) << 5 | body[3] >> 3, body[4] >> 4)


def has_base(dolby: DolbyVision | None) -> bool:
    """Say whether decoders without Dolby Vision show the right colours: not for profile 5."""
    return dolby is None or dolby.base != 0 or dolby.profile not in _OWN_BASE_PROFILES

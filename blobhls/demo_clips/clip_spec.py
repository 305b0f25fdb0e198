"""The content of a generated clip. A module of its own, so that specs don't load libav."""

from __future__ import annotations

from fractions import Fraction

import msgspec


class AudioTrack(msgspec.Struct, frozen=True):
    """One audio track of a clip."""

    language: str = "eng"  # ISO 639-2
    codec: str = "aac"  # an encoder's name in libavcodec
    channels: int = 2  # 1, 2 or 6
    rate: int = 48_000  # Hz
    title: str = ""


class Clip(msgspec.Struct, frozen=True):
    """The content of a clip. The container follows from the suffix of its file."""

    title: str = "Test clip"
    seconds: int = 10
    size: tuple[int, int] = (320, 180)  # width and height in pixels, both even
    fps: Fraction = Fraction(24)
    gop_seconds: Fraction = Fraction(2)  # between key frames
    b_frames: int = 2  # consecutive ones; only for H.264, HEVC and MPEG-4
    video_codec: str = "libx264"  # an encoder's name in libavcodec
    pixel_format: str = "yuv420p"
    video_options: dict[str, str] = {}  # passed to the encoder unchanged
    audio: tuple[AudioTrack, ...] = (AudioTrack(),)
    subtitles: tuple[str, ...] = ()  # ISO 639-2 languages, one text track each
    chapters: tuple[str, ...] = ()  # titles of chapters of equal length; not in ts and avi
    hue: int = 210  # degrees: the colour of the test pattern

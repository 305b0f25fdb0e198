"""Encoding profiles: immutable, named sets of encoder settings that recipes refer to.

The settings determine the bytes, so new settings get a new name.
"""

from __future__ import annotations

from typing import Final

import msgspec


class EncodingProfile(msgspec.Struct, frozen=True):
    """An immutable, named set of settings; new settings get a new name."""

    name: str
    evictable: bool  # one engine renders the same bytes every time
    maxrate: int = 0  # bits a second, the encoder's limit (VBV); 0: as the source
    crf: int = 0
    preset: str = ""
    bitrate: int = 0  # bits a second of an audio encode
    encoder: str = ""  # libav's name
    layout: str = ""  # libav's name of the channel layout
    samples: int = 0  # of one frame: the step of the global grid
    delay: int = 0  # samples by which its encoder lags behind the grid

    @property
    def peak(self) -> int:
        """Maximum bits a second over three seconds or more, with container (`BANDWIDTH`)."""
        # A buffer of one second, nine tenths full at the start, adds 0.9 s of bits to any span. For
        # audio, a transport stream and its padding add a third to a segment of 2 s.
        return (self.maxrate or self.bitrate) * 135 // 100


# Short sides of the ladder's rungs, and the maximum bits a second of each.
RUNGS: Final = {
    2160: 16_000_000,
    1440: 9_000_000,
    1080: 5_500_000,
    720: 3_000_000,
    480: 1_500_000,
    360: 800_000,
}

CUT: Final = EncodingProfile("cut-v2", evictable=True)
# Without positions and styles.
PLAIN_SUBTITLES: Final = EncodingProfile("webvtt-v1", evictable=True)
SUBTITLES: Final = EncodingProfile("webvtt-v2", evictable=True)
# Encoding audio is floating point and differs between CPUs: the bytes stay (ADR 5).
AAC_STEREO: Final = EncodingProfile(
    "aac-stereo-v2",
    evictable=False,
    bitrate=160_000,
    encoder="aac",
    layout="stereo",
    samples=1024,
)
AC3_SURROUND: Final = EncodingProfile(
    "ac3-surround-v1",
    evictable=False,
    bitrate=640_000,
    encoder="ac3",
    layout="5.1(side)",
    samples=1536,
    delay=256,
)
AUDIO: Final = (AAC_STEREO, AC3_SURROUND)


# Encoding WebP again gives the same bytes as long as `ScaledImage.encoder` is the same.
IMAGE: Final = EncodingProfile("picture-v1", evictable=True)


# Hardware encoders: their names here, libav's names, and their speed presets.
HARDWARE: Final = {
    "nvenc": ("h264_nvenc", "p4"),
    "qsv": ("h264_qsv", "veryfast"),
    "vaapi": ("h264_vaapi", ""),
}


def ladder_profile(short_side: int, hardware: str = "") -> EncodingProfile:
    """Return the H.264 profile of the lowest rung that is at least `short_side` pixels.

    `hardware`: a key of `HARDWARE`, or "" for x264. The bytes of a hardware encoder can't be
    reproduced on another device.
    """
    rung = min((rung for rung in RUNGS if rung >= short_side), default=max(RUNGS))
    name, preset = HARDWARE[hardware] if hardware else ("libx264", "veryfast")
    return EncodingProfile(
        f"h264-{rung}p-{hardware}-v1" if hardware else f"h264-{rung}p-v2",
        evictable=not hardware,
        maxrate=RUNGS[rung],
        crf=23,
        preset=preset,
        encoder=name,
    )


def profile_named(name: str) -> EncodingProfile:
    """Return the profile with this name; raises `KeyError`."""
    return _BY_NAME[name]


_FIXED: Final = (CUT, PLAIN_SUBTITLES, SUBTITLES, *AUDIO, IMAGE)
_LADDER: Final = tuple(ladder_profile(rung, card) for rung in RUNGS for card in ("", *HARDWARE))
# A table, since each segment of encoded audio looks it up twice.
_BY_NAME: Final = {profile.name: profile for profile in (*_FIXED, *_LADDER)}

"""Profiles: immutable, named sets of encoder settings, which recipes name.

What a profile's settings are decides about bytes: new settings get a new name.
"""

from __future__ import annotations

from typing import Final

import msgspec


class EncodingProfile(msgspec.Struct, frozen=True):
    """An immutable, named set of settings; new settings get a new name."""

    name: str
    evictable: bool  # its bytes are the same whenever they are made again on one engine
    maxrate: int = 0  # bits a second that the encoder stays under (VBV); 0: as the source is
    crf: int = 0
    preset: str = ""
    bitrate: int = 0  # bits a second of an audio encode
    encoder: str = ""  # libav's name
    layout: str = ""  # its channels, as libav names them
    samples: int = 0  # of its frames: the step of the global grid
    delay: int = 0  # samples that its encoder is behind the grid

    @property
    def peak(self) -> int:
        """Most bits a second over three seconds or more, container included (`BANDWIDTH`)."""
        # A buffer of one second, nine tenths full at the start, adds 0.9 s of bits to any span. Of
        # sound, a third is what a transport stream and its padding add to a segment of 2 s.
        return (self.maxrate or self.bitrate) * 135 // 100


# Short sides of the ladder, and the bits a second that each may take.
RUNGS: Final = {
    2160: 16_000_000,
    1440: 9_000_000,
    1080: 5_500_000,
    720: 3_000_000,
    480: 1_500_000,
    360: 800_000,
}

CUT: Final = EncodingProfile("cut-v2", evictable=True)
PLAIN_SUBTITLES: Final = EncodingProfile(
    "webvtt-v1", evictable=True
)  # without positions and styles
SUBTITLES: Final = EncodingProfile("webvtt-v2", evictable=True)
# Encoding sound is floating point and differs between CPUs: the bytes stay (ADR 5).
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


# Encoders of graphics cards: what they are called here, by libav, and how fast they are told to be.
HARDWARE: Final = {
    "nvenc": ("h264_nvenc", "p4"),
    "qsv": ("h264_qsv", "veryfast"),
    "vaapi": ("h264_vaapi", ""),
}


def ladder_profile(short_side: int, hardware: str = "") -> EncodingProfile:
    """Return the H.264 profile of the lowest rung that is at least `short_side` pixels.

    `hardware`: a key of `HARDWARE`, or nothing for x264. What a card makes, no other makes again.
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
    """Return the profile of this name; raises `KeyError`."""
    return _BY_NAME[name]


_FIXED: Final = (CUT, PLAIN_SUBTITLES, SUBTITLES, *AUDIO, IMAGE)
_LADDER: Final = tuple(ladder_profile(rung, card) for rung in RUNGS for card in ("", *HARDWARE))
# Asked for twice a segment of encoded sound.
_BY_NAME: Final = {profile.name: profile for profile in (*_FIXED, *_LADDER)}

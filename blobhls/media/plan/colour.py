"""Colour signalling of a video: code points of ISO/IEC 23091-2, and Dolby Vision."""

from __future__ import annotations

from typing import Final, Literal

from blobhls.media.probe_values import VideoTrack

_RANGES: Final[dict[int, Literal["SDR", "PQ", "HLG"]]] = {16: "PQ", 18: "HLG"}
# ISO/IEC 23091-2 primaries, transfer and matrix.
_BT709: Final = (1, 1, 1)
_BT601: Final = (6, 6, 6)
_HD: Final = 720  # short side from which BT.709 is assumed
# Values that are kept as they are; RGB and unusual ones are replaced by the assumed value.
_KEPT_VALUES: Final = ((1, 5, 6, 7, 9), (1, 4, 5, 6, 7, 13, 14), (1, 5, 6, 7, 9))

# Dolby Vision: codec names, and brands of the base layer by bl_signal_compatibility_id.
_DOLBY_CODECS: Final = {("hevc", 8): "dvh1", ("av1", 10): "dav1"}
_BASE_BRANDS: Final = {1: "db1p", 2: "db2g", 4: "db4h"}


def video_range(video: VideoTrack) -> Literal["SDR", "PQ", "HLG"]:
    """Return the `VIDEO-RANGE` of a cut track."""
    return _RANGES.get(video.transfer, "SDR")


def encoded_colour(video: VideoTrack) -> tuple[int, int, int]:
    """Return primaries, transfer and matrix for the headers of an encode (ISO/IEC 23091-2).

    They are the source's own, so that only HDR and RGB are converted. Where the source states
    none, they are what players assume for its height; that must not change with a rung's height.
    """
    if video_range(video) != "SDR":
        return _BT709
    assumed = _BT709 if min(video.width, video.height) >= _HD else _BT601
    primaries, transfer, matrix = (
        stated if stated in known else fallback
        for stated, known, fallback in zip(
            (video.primaries, video.transfer, video.matrix), _KEPT_VALUES, assumed, strict=True
        )
    )
    return primaries, transfer, matrix


def supplemental_codecs(video: VideoTrack) -> str | None:
    """Return the `SUPPLEMENTAL-CODECS` of a cut track: Dolby Vision on top of its base layer.

    None for profile 7: it has two layers and is meant for discs; HLS offers its base layer alone.
    """
    dolby = video.dolby
    if dolby is None:
        return None
    name, brand = _DOLBY_CODECS.get((video.codec, dolby.profile)), _BASE_BRANDS.get(dolby.base)
    if name is None or brand is None:
        return None
    return f"{name}.{dolby.profile:02d}.{dolby.level:02d}/{brand}"

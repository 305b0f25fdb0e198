"""What a picture's numbers mean: code points of ISO/IEC 23091-2."""

from __future__ import annotations

from typing import Final, Literal

from blobhls.media.probe_values import VideoTrack

_RANGES: Final[dict[int, Literal["SDR", "PQ", "HLG"]]] = {16: "PQ", 18: "HLG"}
# ISO/IEC 23091-2 primaries, transfer and matrix.
_BT709: Final = (1, 1, 1)
_BT601: Final = (6, 6, 6)
_HD: Final = 720  # short side from which BT.709 is assumed
# Those that go through unchanged; RGB and anything exotic becomes what is assumed.
_KNOWN_COLOURS: Final = ((1, 5, 6, 7, 9), (1, 4, 5, 6, 7, 13, 14), (1, 5, 6, 7, 9))

# Dolby Vision: names of its codecs, and of what others see, by bl_signal_compatibility_id.
_NAMES: Final = {("hevc", 8): "dvh1", ("av1", 10): "dav1"}
_BRANDS: Final = {1: "db1p", 2: "db2g", 4: "db4h"}


def video_range(video: VideoTrack) -> Literal["SDR", "PQ", "HLG"]:
    """Return `VIDEO-RANGE` of a track that is cut."""
    return _RANGES.get(video.transfer, "SDR")


def encoded_colour(video: VideoTrack) -> tuple[int, int, int]:
    """Return what the encoded picture's headers say of its colours (ISO/IEC 23091-2).

    The source's own, so that nothing is converted but HDR and RGB. Where the source is silent,
    what players assume by its height: it must not change with the height of a rung.
    """
    if video_range(video) != "SDR":
        return _BT709
    assumed = _BT709 if min(video.width, video.height) >= _HD else _BT601
    primaries, transfer, matrix = (
        said if said in known else other
        for said, known, other in zip(
            (video.primaries, video.transfer, video.matrix), _KNOWN_COLOURS, assumed, strict=True
        )
    )
    return primaries, transfer, matrix


def supplemental(video: VideoTrack) -> str | None:
    """Return `SUPPLEMENTAL-CODECS` of a track that is cut: Dolby Vision on top of its base layer.

    Profile 7 has two layers and is for discs: in HLS it is its base layer.
    """
    dolby = video.dolby
    if dolby is None:
        return None
    name, brand = _NAMES.get((video.codec, dolby.profile)), _BRANDS.get(dolby.base)
    if name is None or brand is None:
        return None
    return f"{name}.{dolby.profile:02d}.{dolby.level:02d}/{brand}"

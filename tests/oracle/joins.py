"""Whether the independently rendered segments of a rendition join into one stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

from tests.oracle.faults import Fault
from tests.oracle.fmp4_rendition import check_fmp4
from tests.oracle.ts_rendition import check_ts

Kind = Literal["video", "audio"]


def check_rendition(
    segments: Sequence[bytes],
    extinf: Sequence[Fraction],
    init: bytes | None = None,
    kind: Kind = "video",
    *,
    frame: Fraction | None = None,
    longest_frame: Fraction | None = None,
    audio_tolerance: Fraction = Fraction(1, 90_000),
) -> list[Fault]:
    """Return every rule that the segments break, in order; empty for a good rendition.

    `init` is given for fMP4 and absent for MPEG-TS; `extinf` in seconds, one for each segment.

    Video: frames are `frame` seconds apart (the median where not given), to half a frame. With
    `longest_frame` the frame rate varies and only a longer distance is a gap. Audio: timestamps
    agree with sample counts to `audio_tolerance` seconds; audio cut from a container with coarser
    ticks (Matroska: 1 ms) needs more than one tick of 90 kHz.
    """
    if len(segments) != len(extinf) or not segments:
        raise ValueError(f"{len(segments)} segments and {len(extinf)} durations")
    found: Iterator[Fault]
    if init is None:
        found = check_ts(segments, extinf, kind, frame, longest_frame, audio_tolerance)
    else:
        found = check_fmp4(segments, extinf, init, kind, frame, longest_frame)
    return sorted(found, key=lambda fault: fault.segment)

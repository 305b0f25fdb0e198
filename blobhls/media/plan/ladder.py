"""The video renditions of a plan: the source's own video and the H.264 ladder below it. Pure."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Final

from msgspec import UNSET

from blobhls.encoding_profiles import CUT, RUNGS, ladder_profile
from blobhls.media.container.clock import frame_ticks
from blobhls.media.plan.codecs import h264_level, h264_string
from blobhls.media.plan.colour import encoded_colour, supplemental_codecs, video_range
from blobhls.media.plan.plan import Rendition
from blobhls.media.plan.timeline import Timeline
from blobhls.media.plan.windows import cut_windows
from blobhls.media.probe_values import VideoTrack
from blobhls.recipe import MPEG_CLOCK, Curve, CutVideo, EncodeVideo, Ratio, Window

_H264_CUT_PROFILES: Final = ("Baseline", "Constrained Baseline", "Main", "High")
_CUT_FORMATS: Final = {
    "h264": ("yuv420p", "yuvj420p"),
    "hevc": ("yuv420p", "yuvj420p", "yuv420p10le"),
    "av1": ("yuv420p", "yuv420p10le"),
    "vp9": ("yuv420p", "yuv420p10le"),
}
_MAX_CUT_GAP: Final = 30  # seconds between cut points; beyond, `source` is encoded …
_MAX_SMALL_GAP: Final = 90  # … unless it is no more than this …
_SMALL_SEGMENT: Final = 32 << 20  # … and so many bytes: what a player loads in seconds
_SLOW_NETWORK_SIDE: Final = 480  # short side of rungs for slow networks: at most …
_SLOW_NETWORK_RATE, _MAX_RATE = 30, 60  # … this many frames a second; and of the larger rungs
_RATE_TOLERANCE: Final = Fraction(102, 100)  # a rate this much higher still counts as the limit
_DEFAULT_PEAK: Final = 1_000  # cd/m² of HDR10 that states no peak
_CURVES: Final[dict[str, Curve | None]] = {"SDR": None, "PQ": "pq", "HLG": "hlg"}
_MAX_FRAME_TICKS: Final = MPEG_CLOCK  # ticks that a frame is encoded for, at most
# Short side of the largest H.264 rung beside a cut of another codec.
_MAX_FALLBACK_SIDE: Final = 1080


def cut_edges(video: VideoTrack) -> tuple[int, ...] | None:
    """Return the segment boundaries of a cut `source`; None where it has to be encoded."""
    allowed = (
        video.codecs is not None
        and video.steady
        and not video.rotation
        and not video.mirrored
        and video.pixel_format in _CUT_FORMATS.get(video.codec, ())
        and (video.codec != "h264" or video.profile in _H264_CUT_PROFILES)
        and video.key_frames[0].clean
    )
    if not allowed:
        return None
    points = [key.pts for key in video.key_frames if key.clean and key.pts < video.stop]
    edges = cut_windows((*points, video.stop), video.base.value)
    return edges if all(_is_short_or_small(video, *span) for span in pairwise(edges)) else None


def _is_short_or_small(video: VideoTrack, start: int, stop: int) -> bool:
    """Say whether a segment is short enough, or small enough where key frames are far apart.

    By default, x265 writes clean cut points only at scene changes (ADR 41).
    """
    seconds = (stop - start) * video.base.value
    if seconds <= _MAX_CUT_GAP:
        return True
    positions = {key.pts: key.position for key in video.key_frames if key.position >= 0}
    size = seconds * video.peak_rate / 8
    if start in positions and stop in positions:
        size = Fraction(positions[stop] - positions[start])
    return seconds <= _MAX_SMALL_GAP and 0 < size <= _SMALL_SEGMENT


def key_frame_edges(video: VideoTrack) -> tuple[int, ...]:
    """Return boundaries at key frames for a video that is only encoded: this saves decoding."""
    points = [key.pts for key in video.key_frames if video.start <= key.pts < video.stop]
    return cut_windows((*points, video.stop), video.base.value)


def video_renditions(
    timeline: Timeline, video: VideoTrack, cut: tuple[int, ...] | None, size: int
) -> list[Rendition]:
    """Return the source's own video, then the ladder below it."""
    short = min(video.display_size)
    if cut is None:
        below = [rung for rung in RUNGS if rung < short]
        return [
            _encoded_rendition(timeline, video, "source_h264", short),
            *(_encoded_rendition(timeline, video, f"{side}p_h264", side) for side in below),
        ]
    sides = [rung for rung in RUNGS if rung < short]
    if video.codec != "h264":
        # Players without HEVC, AV1 or VP9 still get the source's size, up to 1080 (ADR 6).
        best = min(short, _MAX_FALLBACK_SIDE)
        sides = [best, *(rung for rung in RUNGS if rung < best)]
    ladder = [_encoded_rendition(timeline, video, f"{side}p_h264", side) for side in sides]
    return [_cut_rendition(timeline, video, cut, size), *ladder]


def _cut_rendition(
    timeline: Timeline, video: VideoTrack, cut: tuple[int, ...], size: int
) -> Rendition:
    average = int(size * 8 / max(timeline.seconds, Fraction(1, 10)))
    # Without an index the peak is unknown: it rarely exceeds twice the average.
    peak = max(video.peak_rate, average) if video.peak_rate else 2 * average
    return Rendition(
        name=f"source_{video.codec}",
        kind="video",
        template=CutVideo(
            timeline.track(video),
            Window(cut[0], cut[1]),
            timeline.packaging,
            CUT.name,
        ),
        edges=cut,
        bandwidth=max(peak, 64_000),
        average=max(average, 32_000),
        codecs=video.codecs,
        width=video.display_size[0],
        height=video.display_size[1],
        frame_rate=video.frame_rate,
        video_range=video_range(video),
        captions=video.captions,
        supplemental=supplemental_codecs(video),
    )


def _encoded_rendition(timeline: Timeline, video: VideoTrack, name: str, side: int) -> Rendition:
    width, height = _scaled_size(video.display_size, side)
    profile = ladder_profile(min(width, height))
    every = 1 if name.startswith("source") else _frame_step(video, side)
    rate = video.tick_rate.value / every
    level = h264_level(width, height, rate, profile.maxrate)
    template = EncodeVideo(
        timeline.track(video),
        Window(timeline.edges[0], timeline.edges[1]),
        timeline.packaging,
        profile.name,
        width=width,
        height=height,
        level=level,
        frame=frame_ticks(rate),
        rotation=video.rotation,
        mirrored=video.mirrored,
        deinterlace=video.interlaced,
        every=every,
        tonemap=_CURVES[video_range(video)],
        peak=(video.peak or _DEFAULT_PEAK) if video_range(video) == "PQ" else 0,
        colour=encoded_colour(video),
        decode_times=True if video.decode_times else UNSET,
        longest=_MAX_FRAME_TICKS,
    )
    return Rendition(
        name=name,
        kind="video",
        template=template,
        edges=timeline.edges,
        bandwidth=profile.peak,
        average=profile.maxrate,
        codecs=h264_string(level),
        width=width,
        height=height,
        # Decoder, filters and encoder pass captions on from frame to frame.
        captions=video.captions,
        frame_rate=Ratio.of(video.frame_rate.value / every),
    )


def _frame_step(video: VideoTrack, side: int) -> int:
    """Return n where every n-th frame is encoded, for a frame rate that suits the rung.

    The deinterlacer needs all frames, and interlaced video has at most 30 a second. Closed
    captions are spread over the frames, so none may be dropped.
    """
    if video.interlaced or video.captions:
        return 1
    max_rate = _SLOW_NETWORK_RATE if side <= _SLOW_NETWORK_SIDE else _MAX_RATE
    return math.ceil(video.frame_rate.value / (max_rate * _RATE_TOLERANCE))


def _scaled_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return an even width and height whose shorter side is `side`."""
    width, height = size
    short = min(width, height)
    return max(2, round(width * side / short / 2) * 2), max(2, round(height * side / short / 2) * 2)

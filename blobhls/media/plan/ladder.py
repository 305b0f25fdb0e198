"""The pictures of a plan: where they are cut, the source's own and the H.264 ladder. Pure."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Final

from msgspec import UNSET

from blobhls.encoding_profiles import CUT, RUNGS, ladder_profile
from blobhls.media.container.clock import picture_ticks
from blobhls.media.plan.codecs import h264_level, h264_string
from blobhls.media.plan.colour import encoded_colour, supplemental, video_range
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
_SMALL: Final = 480  # short side of rungs for slow networks: no more than …
_SLOW, _FAST = 30, 60  # … so many pictures a second, and of the others
_CLOCK_ERROR: Final = Fraction(102, 100)  # by which a rate may be over and still be that
_PEAK: Final = 1_000  # cd/m² of HDR10 that does not say
_CURVES: Final[dict[str, Curve | None]] = {"SDR": None, "PQ": "pq", "HLG": "hlg"}
_LONGEST: Final = MPEG_CLOCK  # ticks that a picture is encoded for, at most
_WIDEST_COPY: Final = 1080  # short side of the H.264 that stands beside one of another codec


def cut_edges(video: VideoTrack) -> tuple[int, ...] | None:
    """Return the boundaries of a cut `source`; None where it has to be encoded."""
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
    return edges if all(_bearable(video, *span) for span in pairwise(edges)) else None


def _bearable(video: VideoTrack, start: int, stop: int) -> bool:
    """Say whether a segment is short enough, or small enough where key frames are far apart.

    x265 cuts cleanly at changes of scene alone, unless told otherwise (ADR 41).
    """
    seconds = (stop - start) * video.base.value
    if seconds <= _MAX_CUT_GAP:
        return True
    places = {key.pts: key.position for key in video.key_frames if key.position >= 0}
    size = seconds * video.peak_rate / 8
    if start in places and stop in places:
        size = Fraction(places[stop] - places[start])
    return seconds <= _MAX_SMALL_GAP and 0 < size <= _SMALL_SEGMENT


def soft_edges(video: VideoTrack) -> tuple[int, ...]:
    """Return boundaries for a video that is only encoded: key frames save decoding."""
    points = [key.pts for key in video.key_frames if video.start <= key.pts < video.stop]
    return cut_windows((*points, video.stop), video.base.value)


def picture_renditions(
    timeline: Timeline, video: VideoTrack, cut: tuple[int, ...] | None, size: int
) -> list[Rendition]:
    """Return the source's own picture, then the ladder below it."""
    short = min(video.display_size)
    if cut is None:
        below = [rung for rung in RUNGS if rung < short]
        return [
            _encoded(timeline, video, "source_h264", short),
            *(_encoded(timeline, video, f"{side}p_h264", side) for side in below),
        ]
    sides = [rung for rung in RUNGS if rung < short]
    if video.codec != "h264":
        # Whoever can't play HEVC, AV1 or VP9 still gets the source's size, up to 1080 (ADR 6).
        best = min(short, _WIDEST_COPY)
        sides = [best, *(rung for rung in RUNGS if rung < best)]
    ladder = [_encoded(timeline, video, f"{side}p_h264", side) for side in sides]
    return [_source(timeline, video, cut, size), *ladder]


def _source(timeline: Timeline, video: VideoTrack, cut: tuple[int, ...], size: int) -> Rendition:
    average = int(size * 8 / max(timeline.seconds, Fraction(1, 10)))
    # Where no index tells the peak: twice the average is rarely passed.
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
        supplemental=supplemental(video),
    )


def _encoded(timeline: Timeline, video: VideoTrack, name: str, side: int) -> Rendition:
    width, height = _scaled(video.display_size, side)
    profile = ladder_profile(min(width, height))
    every = 1 if name.startswith("source") else _every(video, side)
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
        frame=picture_ticks(rate),
        rotation=video.rotation,
        mirrored=video.mirrored,
        deinterlace=video.interlaced,
        every=every,
        tonemap=_CURVES[video_range(video)],
        peak=(video.peak or _PEAK) if video_range(video) == "PQ" else 0,
        colour=encoded_colour(video),
        decode_times=True if video.decode_times else UNSET,
        longest=_LONGEST,
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
        # Decoder, filters and encoder hand them on from picture to picture.
        captions=video.captions,
        frame_rate=Ratio.of(video.frame_rate.value / every),
    )


def _every(video: VideoTrack, side: int) -> int:
    """Return of how many pictures one is encoded, for a rate that suits a rung.

    The deinterlacer needs them all, and interlaced film is no faster than 30 pictures a second.
    Closed captions come in parts, some with every picture.
    """
    if video.interlaced or video.captions:
        return 1
    fastest = _SLOW if side <= _SMALL else _FAST
    return math.ceil(video.frame_rate.value / (fastest * _CLOCK_ERROR))


def _scaled(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return even sizes with the short side at `side`."""
    width, height = size
    short = min(width, height)
    return max(2, round(width * side / short / 2) * 2), max(2, round(height * side / short / 2) * 2)

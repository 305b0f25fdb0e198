"""I-frame playlists (RFC 8216 §4.3.3.6), which show frames while a viewer seeks. Pure.

The key frames of a segment are known once it was rendered. So a rendition has an I-frame playlist
when all of its segments were rendered (ADR 30).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

import msgspec

from blobhls import hls
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.results import IFrame
from blobhls.recipe import MPEG_CLOCK
from blobhls.resolver.playlists.playlists import Bitrate, measured_rate


class _Shown(msgspec.Struct, frozen=True):
    """A key frame, with the number of its segment, and seconds from the start of the video."""

    number: int
    frame: IFrame
    at: Fraction


def iframe_playlist(
    plan: Plan,
    rendition: Rendition,
    found: Sequence[Sequence[IFrame]],
    uri: Callable[[int], str],
    init: str | None,
) -> tuple[str, Bitrate] | None:
    """Return a rendition's I-frame playlist and its bit rate.

    `found`: the key frames of each segment. Returns None if those of a segment are not known.
    `uri` names each segment, `init` the `EXT-X-MAP`.
    """
    if rendition.kind != "video" or not all(found):
        return None
    shown = _shown(plan, rendition, found)
    ends = [*(each.at for each in shown[1:]), plan.duration]
    segments = tuple(
        hls.Segment(
            uri(each.number),
            end - each.at,
            byte_range=hls.ByteRange(each.frame.length, each.frame.offset),
        )
        for each, end in zip(shown, ends, strict=True)
    )
    text = hls.media_text(hls.MediaPlaylist(segments, map=init, iframes_only=True))
    sizes = [each.frame.length for each in shown]
    return text, measured_rate(sizes, [segment.duration for segment in segments])


def _shown(plan: Plan, rendition: Rendition, found: Sequence[Sequence[IFrame]]) -> list[_Shown]:
    """Return the key frames in the order of the timeline.

    The first one of a segment starts with the segment, so that all playlists of the video agree.
    One that would follow sooner than `EXTINF` can express is left out.
    """
    base = plan.base.value
    zero = rendition.edges[0]
    shown: list[_Shown] = []
    for number, (start, stop) in enumerate(pairwise(rendition.edges)):
        at, end = (start - zero) * base, (stop - zero) * base
        for place, frame in enumerate(found[number]):
            moment = at + Fraction(frame.after, MPEG_CLOCK) if place else at
            if place == 0 or shown[-1].at + hls.MICROSECOND <= moment <= end - hls.MICROSECOND:
                shown.append(_Shown(number, frame, moment))
    return shown

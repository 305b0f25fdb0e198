"""Rules on the renditions of one video together: players switch between them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final, Literal

import msgspec

from tests.oracle.fmp4 import BoxBroken, parse_fragment, parse_init
from tests.oracle.timeline import unwrap
from tests.oracle.ts import parse_ts
from tests.oracle.ts_rendition import TICK

_PRINTED: Final = Fraction(2, 1_000_000)  # what rounding to microseconds may add

TogetherRule = Literal[
    "count",  # as many segments as the others of its kind
    "duration",  # all playlists are as long
    "boundary",  # segment n begins with the same picture in every rendition
    "same-picture",  # a picture that two renditions show has one time in both
]


class Presented(msgspec.Struct, frozen=True):
    """The compared properties of a rendition."""

    name: str
    segments: tuple[bytes, ...]
    extinf: tuple[Fraction, ...]
    init: bytes | None = None
    kind: str = "video"


class Disagreement(msgspec.Struct, frozen=True):
    """A rule broken between the first rendition and another."""

    name: str  # of the other
    rule: TogetherRule
    detail: str


def check_together(
    renditions: Sequence[Presented], frame: Fraction, *, same_windows: bool = True
) -> list[Disagreement]:
    """Return where renditions disagree with the first one, which is a video rendition if any is.

    `frame`: seconds between frames. With `same_windows` False a rendition may have boundaries of
    its own, like a rung of a source with few key frames; times are still compared.
    """
    return list(_disagreements(renditions, frame, same_windows))


def _disagreements(
    renditions: Sequence[Presented], frame: Fraction, same_windows: bool
) -> Iterator[Disagreement]:
    first, *others = renditions
    shown = presentation(first) if first.kind == "video" else []
    for other in others:
        off = sum(other.extinf, Fraction(0)) - sum(first.extinf, Fraction(0))
        if abs(off) > _PRINTED:
            yield Disagreement(other.name, "duration", f"{float(off):+.6f} s")
        if other.kind != "video":
            continue
        seen = presentation(other)
        if same_windows:
            yield from _boundaries(other.name, shown, seen)
        yield from _pictures(other.name, shown, seen, frame)


def _boundaries(
    name: str, shown: Sequence[Sequence[Fraction]], seen: Sequence[Sequence[Fraction]]
) -> Iterator[Disagreement]:
    if len(shown) != len(seen):
        yield Disagreement(name, "count", f"{len(seen)} segments instead of {len(shown)}")
        return
    for number, (one, other) in enumerate(zip(shown, seen, strict=True)):
        if one and other and one[0] != other[0]:
            off = float(other[0] - one[0])
            yield Disagreement(name, "boundary", f"segment {number} begins {off:+.6f} s off")


def _pictures(
    name: str,
    shown: Sequence[Sequence[Fraction]],
    seen: Sequence[Sequence[Fraction]],
    frame: Fraction,
) -> Iterator[Disagreement]:
    """A rendition may leave frames out, but shows none between two of the first rendition's."""
    times = sorted(time for segment in shown for time in segment)
    for time in (time for segment in seen for time in segment):
        place = bisect_left(times, time)
        near = times[max(0, place - 1) : place + 1]
        nearest = min(near, key=lambda each: abs(each - time), default=None)
        if nearest is None or (nearest != time and abs(nearest - time) < frame):
            off = "nothing" if nearest is None else f"{float(time - nearest):+.6f} s"
            yield Disagreement(name, "same-picture", f"at {float(time):.6f} s, off by {off}")
            return  # the others are off as well


def presentation(rendition: Presented) -> list[list[Fraction]]:
    """Return when each frame of each segment is shown, in seconds, rising."""
    if rendition.init is None:
        return _of_transport_streams(rendition.segments)
    track = parse_init(rendition.init).track("video")
    result = []
    for data in rendition.segments:
        try:
            samples = parse_fragment(data, track).samples
        except BoxBroken:
            samples = ()
        result.append(sorted(Fraction(sample.pts, track.timescale) for sample in samples))
    return result


def _of_transport_streams(segments: Sequence[bytes]) -> list[list[Fraction]]:
    result = []
    near: int | None = None
    for data in segments:
        stream = parse_ts(data).stream("video")
        stamps = [unit.pts for unit in stream.units if unit.pts is not None] if stream else []
        times = []
        for stamp in stamps:
            near = stamp if near is None else unwrap(stamp, near)
            times.append(near * TICK)
        result.append(sorted(times))
    return result

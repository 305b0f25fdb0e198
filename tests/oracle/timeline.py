"""Rules on times only: order, gaps, overlaps, and the durations in a playlist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

import msgspec

from tests.oracle.faults import Fault

_WRAP: Final = 1 << 33
_PRINTED: Final = Fraction(2, 1_000_000)  # what rounding EXTINF to microseconds may add


class Timing(msgspec.Struct, frozen=True):
    """Times of the access units of one segment, in decode order, in ticks without wraps."""

    number: int  # of the segment
    dts: tuple[int, ...]
    pts: tuple[int, ...]

    @property
    def start(self) -> int:
        """Return when the first frame is shown."""
        return min(self.pts)


def unwrap(timestamp: int, near: int) -> int:
    """Return a 33-bit timestamp as the time nearest to `near`."""
    return near + (timestamp - near + _WRAP // 2) % _WRAP - _WRAP // 2


def typical_frame(timings: Sequence[Timing]) -> Fraction | None:
    """Return the median distance of frames in ticks; `None` where there are fewer than two."""
    shown = sorted({pts for timing in timings for pts in timing.pts})
    steps = sorted(later - earlier for earlier, later in pairwise(shown))
    return Fraction(steps[len(steps) // 2]) if steps else None


def check_decode_order(timings: Sequence[Timing]) -> Iterator[Fault]:
    """DTS rises strictly, also across boundaries, and no frame is shown before it."""
    last: int | None = None
    for timing in timings:
        for dts, pts in zip(timing.dts, timing.pts, strict=True):
            if last is not None and dts <= last:
                yield Fault(timing.number, "dts-order", f"DTS {dts} after {last}")
            if pts < dts:
                yield Fault(timing.number, "dts-order", f"PTS {pts} before its DTS {dts}")
            last = dts


def check_presentation(
    timings: Sequence[Timing], frame: Fraction, longest: Fraction | None
) -> Iterator[Fault]:
    """Frames are consecutive without gap, overlap or repetition, at boundaries as elsewhere.

    `frame` in ticks is the distance of frames, to half a frame. With `longest` the frame rate
    varies, and only a distance above `longest` ticks is a gap.
    """
    shortest = frame / 2 if longest is None else Fraction(0)
    farthest = frame * 3 / 2 if longest is None else longest
    earlier: set[int] = set()
    last: int | None = None
    for timing in timings:
        shown = sorted(timing.pts)
        for pts in shown:
            fault = _step(timing.number, last, pts, (shortest, farthest), earlier)
            if fault is not None:
                yield fault
            if fault is not None and pts < (last or 0):
                break  # the segment overlaps the one before; one fault says it
            earlier.add(pts)
            last = pts
        last = max(shown[-1], last or 0)


def _step(
    number: int,
    last: int | None,
    pts: int,
    bounds: tuple[Fraction, Fraction],
    earlier: set[int],
) -> Fault | None:
    if pts in earlier:
        return Fault(number, "pts-repeat", f"PTS {pts} was shown before")
    if last is None:
        return None
    if pts < last or pts - last < bounds[0]:
        return Fault(number, "pts-overlap", f"PTS {pts} after {last}")
    if pts - last > bounds[1]:
        return Fault(number, "pts-gap", f"PTS {pts} after {last}, {float(bounds[1])} at most")
    return None


def check_durations(
    starts: Sequence[Fraction], end: Fraction, extinf: Sequence[Fraction], frame: Fraction
) -> Iterator[Fault]:
    """`EXTINF` is the duration of the segment, to a frame, and so is its sum. All in seconds."""
    bound = frame + _PRINTED
    stated = Fraction(0)
    for number, (start, stop) in enumerate(pairwise((*starts, end))):
        off = extinf[number] - (stop - start)
        if abs(off) > bound:
            yield Fault(number, "extinf", f"off by {float(off):+.6f} s")
        stated += extinf[number]
        off = stated - (stop - starts[0])
        if abs(off) > bound:
            yield Fault(number, "extinf-sum", f"off by {float(off):+.6f} s since the beginning")

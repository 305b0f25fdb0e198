"""From a source's ticks to the clock of the segments, with decode times that chain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, Track

_ORIGIN: Final = LEAD_SECONDS * MPEG_CLOCK  # where the timeline begins
# Ticks, 2 ms. Chromium's HLS treats a segment whose decode times are more than two frames after
# those of the last one as a discontinuity; two are usual, and rounding to a millisecond adds more.
_DECODE_LEAD: Final = 180


def frame_ticks(rate: Fraction) -> int:
    """Return the ticks of `MPEG_CLOCK` that a frame lasts at `rate` frames a second."""
    return max(1, int(MPEG_CLOCK / rate))


class Clock(msgspec.Struct, frozen=True):
    """Converts a track's ticks to integer ticks of an output clock, in the same way everywhere.

    Cut and encoded renditions and neighbouring windows agree on every time stamp because all of
    them are rounded here.
    """

    scale: int
    shift: int
    divisor: int  # an output tick is (source tick * scale + shift) / divisor

    @classmethod
    def of(cls, track: Track, rate: int) -> Clock:
        """Return the clock of `track` in ticks of 1/`rate` s; time 0 is at `LEAD_SECONDS`."""
        return cls.linear(track.base.value * rate, (LEAD_SECONDS - track.zero.value) * rate)

    @classmethod
    def linear(cls, factor: Fraction, offset: Fraction) -> Clock:
        """Return a clock of `factor` output ticks a source tick; source tick 0 is at `offset`."""
        divisor = math.lcm(factor.denominator, offset.denominator)
        return cls(int(factor * divisor), int(offset * divisor), divisor)

    def __call__(self, tick: int | Fraction) -> int:
        """Return the nearest output tick."""
        # Integers only: this runs for every packet.
        divisor = self.divisor * tick.denominator
        value = tick.numerator * self.scale + tick.denominator * self.shift
        return (2 * value + divisor) // (2 * divisor)


class Times(msgspec.Struct, frozen=True):
    """Time stamps of the frames of one segment, in decoding order and ticks of its clock."""

    presentation: list[int]
    decode: list[int]
    durations: list[int]  # from each decode time to the next, and to the next segment's first


def segment_times(stamps: Sequence[int], span: tuple[int, int]) -> Times:
    """Return times that chain with the segments before and after, whatever those contain.

    `stamps`: presentation times in decoding order; the first is the earliest, and damaged ones
    that are earlier still are shown next. `span`: the segment's half-open window; ticks of
    `MPEG_CLOCK`.

    All decode times lie in the window, moved ahead by `_DECODE_LEAD`, and the first is exactly at
    its start: there the first frame is shown as well, since players position a segment by its first
    decode time (ADR 4). So each segment begins where the one before it ended, with neither gap nor
    overlap (`tfdt`), although each was rendered on its own. Decode times rise strictly, and none is
    later than its frame's presentation time.
    """
    if not stamps:
        return Times([], [], [])
    presentation, rising, ahead = _presentation_order([max(stamp, stamps[0]) for stamp in stamps])
    begin = span[0] - (_DECODE_LEAD if span[0] > _ORIGIN else 0)
    end = span[1] - _DECODE_LEAD
    # Frame i is decoded when frame i - `ahead` is shown. The first frames wait for none: they share
    # the time until the second one is shown.
    room = (rising[1] if len(rising) > 1 else end) - begin
    early = [begin + room * number // (ahead + 1) for number in range(ahead + 1)]
    decode = (early + rising[1:])[: len(stamps)]
    if len(decode) > 1:
        _delay_last(decode, presentation, end, ahead)
    limit = end
    for number in range(len(decode) - 1, 0, -1):
        # Frames shown after the window's end would run into the next segment.
        limit = decode[number] = min(decode[number], limit - 1)
    for number in range(1, len(decode)):
        decode[number] = max(decode[number], decode[number - 1] + 1)
    ends = [*decode[1:], max(end, decode[-1] + 1)]
    return Times(presentation, decode, [b - a for a, b in zip(decode, ends, strict=True)])


def _delay_last(decode: list[int], presentation: list[int], end: int, ahead: int) -> None:
    """Decode the last frames as late as possible: the next segment's decode times follow them.

    The second to last is as far from the last as that is from the end. hls.js assumes that the last
    frame of a transport stream lasts as long as the one before it, and moves frames where the next
    segment does not begin then.
    """
    step = max(1, end - max(presentation))
    latest = end
    for number in range(len(decode) - 1, max(0, len(decode) - 1 - ahead), -1):
        latest = min(latest, presentation[number])
        decode[number] = max(decode[number], latest)
        latest = decode[number] - step
    wanted = 2 * decode[-1] - end
    if wanted > decode[-2]:
        decode[-1] = (decode[-2] + end) // 2
    elif len(decode) > ahead + 4 and decode[-4] < wanted:
        decode[-2] = wanted
        decode[-3] = min(decode[-3], (decode[-4] + wanted) // 2)


def _presentation_order(stamps: Sequence[int]) -> tuple[list[int], list[int], int]:
    """Return presentation times in decoding order, the same rising, and how far decoding is ahead.

    Two frames closer than a tick of the output clock still get different times, and the second
    frame shown leaves time to decode those before it.
    """
    order = sorted(range(len(stamps)), key=stamps.__getitem__)
    ahead = max(index - rank for rank, index in enumerate(order))
    presentation = [0] * len(stamps)
    rising: list[int] = []
    for rank, index in enumerate(order):
        least = rising[-1] + (ahead + 1 if rank == 1 else 1) if rising else stamps[index]
        rising.append(max(stamps[index], least))
        presentation[index] = rising[rank]
    return presentation, rising, ahead

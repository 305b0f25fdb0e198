"""From a source's ticks to the clock of the segments, and decode times that chain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, Track

_ORIGIN: Final = LEAD_SECONDS * MPEG_CLOCK  # where the timeline begins
# Ticks, 2 ms. Chromium's HLS takes a segment that is decoded more than two pictures after the last
# one for a new beginning; two are usual, and time stamps that were rounded to a millisecond more.
_EARLY: Final = 180


def frame_ticks(rate: Fraction) -> int:
    """Return ticks of `MPEG_CLOCK` that a picture is seen for, of so many a second."""
    return max(1, int(MPEG_CLOCK / rate))


class Clock(msgspec.Struct, frozen=True):
    """Turns a track's ticks into integer ticks of an output clock, the same way everywhere.

    Cut and encoded renditions and neighbouring windows agree on every time stamp because all of
    them round here.
    """

    scale: int
    shift: int
    parts: int  # an output tick is (source tick * scale + shift) / parts

    @classmethod
    def of(cls, track: Track, rate: int) -> Clock:
        """Return the clock of `track` in ticks of 1/`rate` s, time 0 at `LEAD_SECONDS`."""
        return cls.line(track.base.value * rate, (LEAD_SECONDS - track.zero.value) * rate)

    @classmethod
    def line(cls, factor: Fraction, offset: Fraction) -> Clock:
        """Return a clock of `factor` output ticks a source tick; source tick 0 is `offset`."""
        parts = math.lcm(factor.denominator, offset.denominator)
        return cls(int(factor * parts), int(offset * parts), parts)

    def __call__(self, tick: int | Fraction) -> int:
        """Return the nearest output tick."""
        # Whole numbers alone: this runs for every packet.
        parts = self.parts * tick.denominator
        value = tick.numerator * self.scale + tick.denominator * self.shift
        return (2 * value + parts) // (2 * parts)


class Times(msgspec.Struct, frozen=True):
    """Time stamps of the pictures of one segment, in decoding order and ticks of its clock."""

    presentation: list[int]
    decode: list[int]
    durations: list[int]  # from each decode time to the next, and to the next segment's first


def segment_times(stamps: Sequence[int], span: tuple[int, int]) -> Times:
    """Return times that chain with the segments before and after, whatever is in those.

    `stamps`: presentation times in decoding order, the first one being the earliest; damaged ones
    that are earlier still are shown next. `span`: the segment's half-open window; ticks of
    `MPEG_CLOCK`.

    All decode times lie in the window, moved ahead by `_EARLY`, the first exactly at its start:
    there the first picture is shown as well, since players place a segment by its first decode
    time (ADR 4). So each segment begins where the one before it ended, with neither gap nor overlap
    (`tfdt`), although both were made alone. They rise strictly, and none passes its picture's
    presentation.
    """
    if not stamps:
        return Times([], [], [])
    presentation, shown, ahead = _shown([max(stamp, stamps[0]) for stamp in stamps])
    begin = span[0] - (_EARLY if span[0] > _ORIGIN else 0)
    end = span[1] - _EARLY
    # Picture number i is decoded when picture i - `ahead` is shown. The first ones have nothing to
    # wait for: they share the time until the second one is shown.
    room = (shown[1] if len(shown) > 1 else end) - begin
    early = [begin + room * number // (ahead + 1) for number in range(ahead + 1)]
    decode = (early + shown[1:])[: len(stamps)]
    if len(decode) > 1:
        _delay_last(decode, presentation, end, ahead)
    limit = end
    for number in range(len(decode) - 1, 0, -1):
        # Pictures shown after the window's end would run into the next segment.
        limit = decode[number] = min(decode[number], limit - 1)
    for number in range(1, len(decode)):
        decode[number] = max(decode[number], decode[number - 1] + 1)
    ends = [*decode[1:], max(end, decode[-1] + 1)]
    return Times(presentation, decode, [b - a for a, b in zip(decode, ends, strict=True)])


def _delay_last(decode: list[int], presentation: list[int], end: int, ahead: int) -> None:
    """Decode the last pictures as late as they may be: the next segment's begin no earlier.

    The last but one is as far from the last as that is from the end. hls.js takes the last
    picture of a transport stream to last as long as the one before, and moves pictures where the
    next segment does not begin then.
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


def _shown(stamps: Sequence[int]) -> tuple[list[int], list[int], int]:
    """Return presentation times in decoding order, the same rising, and how far decoding is ahead.

    Two pictures closer than a tick of the output clock still follow each other, and the second
    one leaves time to decode those before it.
    """
    order = sorted(range(len(stamps)), key=stamps.__getitem__)
    ahead = max(place - rank for rank, place in enumerate(order))
    presentation = [0] * len(stamps)
    shown: list[int] = []
    for rank, place in enumerate(order):
        least = shown[-1] + (ahead + 1 if rank == 1 else 1) if shown else stamps[place]
        shown.append(max(stamps[place], least))
        presentation[place] = shown[rank]
    return presentation, shown, ahead

"""From a source's ticks to the clock of the segments, and decode times that chain."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from blobhls.recipe import LEAD_SECONDS, Track


class Clock(msgspec.Struct, frozen=True):
    """Turns a track's ticks into integer ticks of an output clock, the same way everywhere.

    Cut and encoded renditions and neighbouring windows agree on every time stamp because all of
    them round here.
    """

    factor: Fraction  # output ticks a source tick
    offset: Fraction  # output ticks at source tick 0

    @classmethod
    def of(cls, track: Track, rate: int) -> Clock:
        """Return the clock of `track` in ticks of 1/`rate` s, time 0 at `LEAD_SECONDS`."""
        return cls(track.base.value * rate, (LEAD_SECONDS - track.zero.value) * rate)

    def __call__(self, tick: int | Fraction) -> int:
        """Return the nearest output tick."""
        # tick * factor + offset, without the Fractions between: this runs for every packet.
        top, bottom = self.factor.numerator, self.factor.denominator * tick.denominator
        more, parts = self.offset.numerator, self.offset.denominator
        numerator = tick.numerator * top * parts + more * bottom
        denominator = bottom * parts
        return (2 * numerator + denominator) // (2 * denominator)


class Times(msgspec.Struct, frozen=True):
    """Time stamps of the pictures of one segment, in decoding order and ticks of its clock."""

    presentation: list[int]
    decode: list[int]
    durations: list[int]  # from each decode time to the next, and to the next segment's first


def segment_times(stamps: Sequence[int], span: tuple[int, int], reorder: int, frame: int) -> Times:
    """Return times that chain with the segments before and after, whatever is in those.

    `stamps`: presentation times in decoding order, the first one being the earliest. `span`: the
    segment's half-open window; `reorder`: pictures that decoding runs ahead; `frame`: ticks of
    one picture.

    All decode times lie in the window, moved ahead by `reorder` pictures: the first exactly at its
    start, the last before its end. So each segment begins where the one before it ended, with
    neither gap nor overlap (`tfdt`), although both were made alone. They rise strictly, and none
    passes its picture's presentation.
    """
    if not stamps:
        return Times([], [], [])
    presentation, shown, ahead = _shown(stamps, reorder)
    lead = reorder * frame
    begin, end = span[0] - lead, span[1] - lead
    # Picture number i is decoded when picture i - `ahead` is shown.
    early = [begin + lead * number // ahead for number in range(ahead)]
    decode = (early + shown)[: len(stamps)]
    decode[0] = begin
    limit = end
    for number in range(len(decode) - 1, 0, -1):
        # Pictures closer together than `frame` would run into the next segment.
        limit = decode[number] = min(decode[number], limit - 1)
    for number in range(1, len(decode)):
        decode[number] = max(decode[number], decode[number - 1] + 1)
    ends = [*decode[1:], max(end, decode[-1] + 1)]
    return Times(presentation, decode, [b - a for a, b in zip(decode, ends, strict=True)])


def _shown(stamps: Sequence[int], reorder: int) -> tuple[list[int], list[int], int]:
    """Return presentation times in decoding order, the same rising, and how far decoding is ahead.

    Two pictures closer than a tick of the output clock still follow each other.
    """
    order = sorted(range(len(stamps)), key=stamps.__getitem__)
    presentation = [0] * len(stamps)
    shown: list[int] = []
    ahead = reorder
    for rank, place in enumerate(order):
        shown.append(max(stamps[place], shown[-1] + 1) if shown else stamps[place])
        presentation[place] = shown[rank]
        ahead = max(ahead, place - rank)
    return presentation, shown, ahead

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

    def __call__(self, tick: int) -> int:
        """Return the nearest output tick."""
        exact = tick * self.factor + self.offset
        return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def decode_times(stamps: Sequence[int], reorder: int, frame: int) -> tuple[list[int], list[int]]:
    """Return presentation and decode times of a closed group of pictures.

    `stamps`: presentation times in decoding order. `reorder`: pictures that decoding runs ahead;
    `frame`: ticks of one picture. Picture number i is decoded when picture i - `reorder` is shown.
    The first ones come `frame` apart before the group begins, where the group before it, having
    the same `reorder`, has left room. Decode times rise strictly and never pass presentation.
    """
    order = sorted(range(len(stamps)), key=stamps.__getitem__)
    shown: list[int] = []
    for place in order:
        # Two pictures closer than a tick of the output clock still follow each other.
        shown.append(stamps[place] if not shown else max(stamps[place], shown[-1] + 1))
    presentation = [0] * len(stamps)
    needed = 0
    for rank, place in enumerate(order):
        presentation[place] = shown[rank]
        needed = max(needed, place - rank)
    ahead = max(reorder, needed)
    before = [shown[0] - frame * back for back in range(ahead, 0, -1)] if shown else []
    return presentation, (before + shown)[: len(stamps)]

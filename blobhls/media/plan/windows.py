"""Segment boundaries: integer ticks that tile a span without gap or overlap."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Final

TARGET: Final = 6  # seconds
FIRST: Final = 2  # seconds, of the first two windows: playback starts sooner
LONGEST: Final = 12  # seconds, maximum of an encoded segment
_SHORTEST: Final = 1  # seconds, minimum of the last segment


def cut_windows(points: Sequence[int], base: Fraction) -> tuple[int, ...]:
    """Merge intervals between `points` to about the target length.

    `points`: ticks, rising, the end included. Every boundary is one of them; the first and the
    last point are boundaries.
    """
    edges = [points[0]]
    candidate: int | None = None  # the last point that was skipped
    # In ticks: a film has a thousand points, and Fractions take ten times as long as integers.
    first, target = (ceil(seconds / base) for seconds in (FIRST, TARGET))
    longest = floor(LONGEST / base)
    for point in points[1:-1]:
        goal = first if len(edges) <= 2 else target
        grown = point - edges[-1]
        if grown > longest and candidate is not None and candidate - edges[-1] >= first:
            # Another interval would make the window too long: end it at the point before.
            edges.append(candidate)
            grown = point - edges[-1]
        candidate = point
        if grown >= goal:
            edges.append(point)
            candidate = None
    last = points[-1]
    if len(edges) > 1 and (last - edges[-1]) * base < _SHORTEST:
        edges.pop()
    edges.append(last)
    return tuple(edges)


def split_windows(edges: Sequence[int], base: Fraction) -> tuple[int, ...]:
    """Split windows that are too long for an encoded segment; all given edges are kept."""
    result = [edges[0]]
    longest = floor(LONGEST / base)
    for start, stop in pairwise(edges):
        if stop - start > longest:
            result.extend(_split(start, stop, base, first=start == edges[0]))
        result.append(stop)
    return tuple(result)


def _split(start: int, stop: int, base: Fraction, *, first: bool) -> list[int]:
    points = []
    if first:
        points = [start + round(FIRST / base), start + round(2 * FIRST / base)]
    begin = points[-1] if points else start
    count = -((begin - stop) * base // TARGET)
    points.extend(begin + round((stop - begin) * Fraction(n, count)) for n in range(1, count))
    return points

"""Boundaries of segments: integer ticks that tile a span with neither gap nor overlap."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Final

TARGET: Final = 6  # seconds
FIRST: Final = 2  # seconds, of the first two windows: playback starts sooner
LONGEST: Final = 12  # seconds that an encoded segment may have
_SHORTEST: Final = 1  # seconds, of the last one


def cut_windows(points: Sequence[int], base: Fraction) -> tuple[int, ...]:
    """Merge intervals between `points` (ticks, rising, the end included) to about the target.

    Every boundary is one of the points; the first and the last point are boundaries.
    """
    edges = [points[0]]
    candidate: int | None = None  # the last point passed over
    # In ticks: a film has a thousand points, and fractions take ten times as long as numbers.
    first, target = (ceil(seconds / base) for seconds in (FIRST, TARGET))
    longest = floor(LONGEST / base)
    for point in points[1:-1]:
        goal = first if len(edges) <= 2 else target
        grown = point - edges[-1]
        if grown > longest and candidate is not None and candidate - edges[-1] >= first:
            # One interval more would make it too long: end it where it could have ended.
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
    """Split windows longer than an encoded segment may be; every edge given stays one."""
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
    parts = -((begin - stop) * base // TARGET)
    points.extend(begin + round((stop - begin) * Fraction(n, parts)) for n in range(1, parts))
    return points

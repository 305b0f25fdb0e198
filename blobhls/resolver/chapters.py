"""Chapters of a video on its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import msgspec

from blobhls.media.probe_values import Chapter


class PlacedChapter(msgspec.Struct, frozen=True):
    """A chapter on the timeline, `[start, end)` in seconds from the first frame."""

    start: Fraction
    end: Fraction
    title: str


def place_chapters(
    chapters: Iterable[Chapter], zero: Fraction, duration: Fraction
) -> list[PlacedChapter]:
    """Return chapters by start, clipped to the timeline; chapters outside of it are left out.

    `zero`: seconds in the source's own time at which the timeline starts; it lasts `duration`.
    """
    placed = [
        PlacedChapter(
            max(each.start.value - zero, Fraction(0)),
            min(each.end.value - zero, duration),
            each.title,
        )
        for each in chapters
    ]
    inside = (each for each in placed if each.start < each.end)
    return sorted(inside, key=lambda each: (each.start, -each.end))

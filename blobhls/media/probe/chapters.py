"""Chapters of a file: read from its container, and put on the video's timeline."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from av.container import InputContainer

from blobhls.media.container.source import opened
from blobhls.media.probe_values import Chapter
from blobhls.recipe import Ratio

_MOST: Final = 1_000
_LONGEST: Final = 200  # characters of a title
_FARTHEST: Final = 10_000_000  # seconds; what lies farther off is no place in a film


def chapters_in(path: Path) -> tuple[Chapter, ...]:
    """Return the chapters of a file; raises `SourceBroken` or `SourceOffline`."""
    with opened(path, decoding=False) as container:
        return read_chapters(container)


def read_chapters(container: InputContainer) -> tuple[Chapter, ...]:
    """Return the chapters of an open file in its own time, as its container has them.

    At most 1000, their titles at most 200 printable characters. Matroska, MP4 and Ogg have them.
    """
    found: list[Chapter] = []
    for each in container.chapters()[:_MOST]:
        base = each["time_base"] or Fraction(0)
        start, end = each["start"] * base, each["end"] * base
        if -_FARTHEST < start < end < _FARTHEST:
            title = _cleaned(str(each["metadata"].get("title", "")))
            found.append(Chapter(Ratio.of(start), Ratio.of(end), title))
    return tuple(found)


def _cleaned(title: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in title[: 4 * _LONGEST])
    return " ".join(shown.split())[:_LONGEST]

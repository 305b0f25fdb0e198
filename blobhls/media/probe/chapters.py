"""Chapters of a file, in the file's own time, as its container states them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from av.container import InputContainer

from blobhls.media.container.source import opened
from blobhls.media.probe_values import Chapter
from blobhls.recipe import Ratio

_MAX_CHAPTERS: Final = 1_000
_MAX_TITLE: Final = 200  # characters of a title
_MAX_TIME: Final = 10_000_000  # seconds; chapters beyond this are ignored


def chapters_in(path: Path) -> tuple[Chapter, ...]:
    """Return the chapters of a file; raises `SourceBroken` or `SourceOffline`."""
    with opened(path, decoding=False) as container:
        return read_chapters(container)


def read_chapters(container: InputContainer) -> tuple[Chapter, ...]:
    """Return the chapters of an open file, in the source's own time.

    At most 1000, with titles of at most 200 printable characters. Matroska, MP4 and Ogg have them.
    """
    found: list[Chapter] = []
    for each in container.chapters()[:_MAX_CHAPTERS]:
        base = each["time_base"] or Fraction(0)
        start, end = each["start"] * base, each["end"] * base
        if -_MAX_TIME < start < end < _MAX_TIME:
            title = _printable(str(each["metadata"].get("title", "")))
            found.append(Chapter(Ratio.of(start), Ratio.of(end), title))
    return tuple(found)


def _printable(title: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in title[: 4 * _MAX_TITLE])
    return " ".join(printable.split())[:_MAX_TITLE]

"""The results of reading a name: movie, episode or extra."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from blobhls.names.extras import ExtraKind
from blobhls.names.tags import Ids
from blobhls.names.versions import Choice


class Movie(msgspec.Struct, frozen=True, gc=False):
    """A film, or one of its versions or parts."""

    title: str
    year: int | None
    own_folder: bool  # its folder holds nothing else, so `poster.jpg` there belongs to it
    choice: Choice = Choice()
    ids: Ids = ()


class Episode(msgspec.Struct, frozen=True, gc=False):
    """An episode of a series."""

    series_path: str  # folder relative to the library; a synthetic path for a series without one
    series_title: str
    series_year: int | None
    season: int | None  # 0 for specials
    episodes: tuple[int, ...]  # ascending; empty if the name has no number
    title: str
    aired: str | None = None  # `2019-12-20`, where the name has a date in place of a number
    choice: Choice = Choice()
    ids: Ids = ()  # of the series


class Extra(msgspec.Struct, frozen=True, gc=False):
    """A trailer, an interview, …; belongs to a title."""

    kind: ExtraKind
    title: str
    of: str = ""  # name of a video in the same folder; "": of the title in the folder above


Reading: TypeAlias = Movie | Episode | Extra

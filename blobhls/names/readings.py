"""What reading a name gives: movie, episode or extra."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from blobhls.names.extras import ExtraKind
from blobhls.names.tags import Ids
from blobhls.names.versions import Choice


class Movie(msgspec.Struct, frozen=True, gc=False):
    """A film of its own, or one of its versions or parts."""

    title: str
    year: int | None
    own_folder: bool  # its folder holds nothing else, so `poster.jpg` there is meant for it
    choice: Choice = Choice()
    ids: Ids = ()


class Episode(msgspec.Struct, frozen=True, gc=False):
    """A part of a series."""

    series_path: str  # folder relative to the library; for a series without one, a made-up one
    series_title: str
    series_year: int | None
    season: int | None  # 0 for specials
    episodes: tuple[int, ...]  # ascending; empty if the name has no number
    title: str
    aired: str | None = None  # `2019-12-20`, where the name has a date in place of a number
    choice: Choice = Choice()
    ids: Ids = ()  # of the series


class Extra(msgspec.Struct, frozen=True, gc=False):
    """A trailer, an interview, …: plays beside what it belongs to."""

    kind: ExtraKind
    title: str
    of: str = ""  # name of a video in the same folder; "": of what the folder above is


Reading: TypeAlias = Movie | Episode | Extra

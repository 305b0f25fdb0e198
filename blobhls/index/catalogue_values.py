"""What goes into the catalogue and what comes out of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from blobhls.blob import BlobId
from blobhls.library.tree import ArtworkKind

ShowKind = Literal["movie", "series"]


class SeenVideo(msgspec.Struct, frozen=True):
    """A video file as the last walk found it, and what its name says."""

    path: str  # relative to the library, as `os.fsdecode` gives it
    size: int  # bytes
    mtime_ns: int
    video_id: str
    show_id: str
    kind: ShowKind
    show_title: str
    show_year: int | None
    title: str
    season: int | None
    episode: int | None
    episode_to: int | None
    sort_key: str


class SeenPicture(msgspec.Struct, frozen=True):
    """An artwork file as the last walk found it."""

    owner_id: str  # show_id or video_id
    kind: ArtworkKind
    path: str
    size: int
    mtime_ns: int


class KnownFile(msgspec.Struct, frozen=True):
    """What the catalogue knows of a file, for telling whether it changed."""

    seen: SeenVideo
    probed: bool


class Problem(msgspec.Struct, frozen=True):
    """A file or folder that can't be used, and why."""

    path: str
    reason: str


class VideoRow(msgspec.Struct, frozen=True):
    """Something that plays: a movie or one episode."""

    video_id: str
    show_id: str
    kind: ShowKind
    show_title: str
    path: str  # relative to the library, as `os.fsdecode` gives it
    size: int  # bytes
    mtime_ns: int
    title: str
    season: int | None  # 0 for specials
    episode: int | None
    episode_to: int | None  # last episode, where a file holds several
    sort_key: str  # natural order of paths
    source_id: str | None  # None: not probed yet
    duration: float | None  # seconds
    thumbnail: BlobId | None  # its own; where there is none, the show may have one


class Pictures(msgspec.Struct, frozen=True):
    """The artwork of a show or video; None where it is not made yet."""

    thumbnail: BlobId | None = None
    banner: BlobId | None = None


class Show(msgspec.Struct, frozen=True):
    """A movie, or a series with its episodes in order."""

    show_id: str
    kind: ShowKind
    title: str
    year: int | None
    pictures: Pictures
    videos: tuple[VideoRow, ...]  # never empty; one for a movie


class ArtworkTask(msgspec.Struct, frozen=True):
    """A picture to be made into a blob."""

    owner_id: str
    kind: ArtworkKind
    path: str  # relative; a picture file, or the video to take a frame of
    is_frame: bool


class Counts(msgspec.Struct, frozen=True):
    """How much there is."""

    movies: int
    series: int
    videos: int  # movies and episodes that are listed
    unprobed: int
    problems: int

"""Values that go into the catalogue and come out of it."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from blobhls.blob import BlobId
from blobhls.media.results import SubtitleSurvey
from blobhls.names.extras import ExtraKind
from blobhls.names.file_kinds import ArtworkKind
from blobhls.names.nfo import Details

ShowKind = Literal["movie", "series"]


# Regular seasons, then specials, then videos without a season; within one by number, then by name.
# Of several versions the main file comes first.
VIDEO_ORDER: Final = (
    "season IS NULL, season = 0, season, episode IS NULL, episode, episode_to, aired,"
    " main_id IS NOT NULL, sort_key"
)
"""SQL after `ORDER BY` for lists of `files`."""


def season_id(show_id: str, season: int) -> str:
    """Return the owner id of a season's artwork and NFO file."""
    return f"{show_id}-s{season}"


class SeenVideo(msgspec.Struct, frozen=True, gc=False):
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
    aired: str | None = None  # `2019-12-20`
    main_id: str | None = None  # video_id of its main file, if it is a version or a later part
    version: str = ""  # `1080p`, `Director's Cut`
    edition: str = ""
    part: int | None = None
    extra: ExtraKind | None = None  # a trailer, say: belongs to the show and is no episode
    show_ids: str = ""  # `imdb=tt0113277 tmdb=949`, as the names have them


class SeenArtwork(msgspec.Struct, frozen=True, gc=False):
    """An artwork file as the last walk found it."""

    owner_id: str  # show_id, video_id or `season_id`
    kind: ArtworkKind
    path: str
    size: int
    mtime_ns: int


class SeenNfo(msgspec.Struct, frozen=True, gc=False):
    """An NFO file as the last walk found it."""

    owner_id: str  # show_id, `season_id`, or video_id of an episode
    path: str
    size: int
    mtime_ns: int


class SeenSubtitleFile(msgspec.Struct, frozen=True, gc=False):
    """A subtitle file of a video as the last walk found it, and what its name says."""

    path: str
    video_id: str
    size: int
    mtime_ns: int
    language: str | None
    title: str | None
    forced: bool
    hearing_impaired: bool
    default: bool


class SubtitleFileRow(msgspec.Struct, frozen=True):
    """A subtitle file of a video."""

    path: str  # relative to the library
    size: int
    mtime_ns: int
    language: str | None  # these as its name has them
    title: str | None
    forced: bool
    hearing_impaired: bool
    default: bool
    found: SubtitleSurvey | None  # None: not surveyed yet


class KnownFile(msgspec.Struct, frozen=True, gc=False):
    """A file as the catalogue has it, to tell whether it changed."""

    seen: SeenVideo
    probed: bool  # surveyed, with success or without


class Found(msgspec.Struct, frozen=True):
    """What was found out about a file, which stays true if it is renamed."""

    source_id: str | None
    duration: float | None  # seconds
    added_at: int  # seconds since the epoch


class Problem(msgspec.Struct, frozen=True):
    """A file or folder that can't be used, and why."""

    path: str
    reason: str


class VideoRow(msgspec.Struct, frozen=True, gc=False):
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
    thumbnail: BlobId | None  # its own artwork; the show may have one
    aired: str | None = None  # `2019-12-20`, if it is numbered by date
    main_id: str | None = None  # the main file of this version or later part; None: itself
    version: str = ""  # `1080p`, `Director's Cut`; "" if its name says nothing
    edition: str = ""
    part: int | None = None  # 1, 2, …, of files that play in sequence
    extra: ExtraKind | None = None  # belongs to the show, is no episode


class ArtworkIds(msgspec.Struct, frozen=True):
    """The artwork of a show or video; None where there is none, or it is not rendered yet."""

    thumbnail: BlobId | None = None
    banner: BlobId | None = None
    backdrop: BlobId | None = None
    landscape: BlobId | None = None
    logo: BlobId | None = None


class Show(msgspec.Struct, frozen=True):
    """A movie, or a series with its episodes in order."""

    show_id: str
    kind: ShowKind
    title: str
    year: int | None
    pictures: ArtworkIds
    videos: tuple[VideoRow, ...]  # never empty; one for a movie; the main file of each
    others: tuple[VideoRow, ...] = ()  # their other versions and later parts
    extras: tuple[VideoRow, ...] = ()
    ids: dict[str, str] = {}  # by provider: imdb, tmdb, tvdb, …
    details: dict[str, Details] = {}  # what NFO files say, by show_id, `season_id` or video_id
    seasons: dict[int, ArtworkIds] = {}  # artwork of seasons, by number
    added_at: int = 0  # seconds since the epoch; of the newest of `videos` and `others`


class NfoTask(msgspec.Struct, frozen=True):
    """An NFO file to be read."""

    owner_id: str
    path: str  # relative


class ArtworkTask(msgspec.Struct, frozen=True):
    """Artwork to be rendered as a blob."""

    owner_id: str
    show_id: str  # the owner itself, or its show
    kind: ArtworkKind
    path: str  # relative; an artwork file, or the video to take a frame of
    is_frame: bool


class StillTask(ArtworkTask, frozen=True):
    """A frame to be taken of an episode or an extra."""

    size: int  # bytes of the video's file, as it was listed
    mtime_ns: int


class Counts(msgspec.Struct, frozen=True):
    """Numbers of shows, videos and problems."""

    movies: int
    series: int
    videos: int  # movies and episodes that are listed
    unprobed: int
    problems: int

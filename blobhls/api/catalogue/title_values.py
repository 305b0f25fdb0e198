"""Versions, extras, artwork and details of a title, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from blobhls.blob import BlobId
from blobhls.index.catalogue.rows import ArtworkIds, Show, VideoRow
from blobhls.index.viewing.episodes import version_key
from blobhls.names.extras import ExtraKind
from blobhls.names.nfo import Details
from blobhls.names.tags import vertical_resolution


class PartValue(msgspec.Struct, frozen=True):
    """One file of a version whose parts play in sequence."""

    id: str  # of the video
    duration: float | None  # seconds; null until it was probed


class VersionValue(msgspec.Struct, frozen=True):
    """A version of a movie or an episode."""

    id: str  # of the video; of the first part, if it is in parts
    label: str  # `1080p`, `Director's Cut`; empty if the name says nothing
    duration: float | None  # seconds, of all parts; null until they were probed
    parts: list[PartValue]  # to be played one after the other; one for a whole file


class ExtraValue(msgspec.Struct, frozen=True):
    """A trailer, an interview, …: a video that belongs to a show."""

    id: str  # of the video
    kind: ExtraKind
    title: str
    duration: float | None  # seconds; null until it was probed
    thumbnail: str | None  # `/<sha256>.jpg`


class ArtworkValue(msgspec.Struct, frozen=True):
    """Artwork that only some shows have, as `/<sha256>.jpg`."""

    backdrop: str | None = None
    landscape: str | None = None
    logo: str | None = None  # `/<sha256>.webp`, may be transparent


class PersonValue(msgspec.Struct, frozen=True):
    """An actor."""

    name: str
    role: str


class DetailsValue(msgspec.Struct, frozen=True):
    """Details from an NFO file; empty where it has none."""

    original_title: str
    tagline: str
    plot: str
    rating: float | None  # 0 to 10
    certificate: str
    aired: str  # `2019-12-20`
    genres: list[str]
    studios: list[str]
    directors: list[str]
    actors: list[PersonValue]


Others = Mapping[str, Sequence[VideoRow]]
"""The other versions and later parts of movies and episodes, by the id of the main file."""


def others_of(show: Show) -> Others:
    """Return a show's other versions and later parts, by the id of the main file."""
    others: dict[str, list[VideoRow]] = {}
    for row in show.others:
        others.setdefault(row.main_id or row.video_id, []).append(row)
    return others


def versions_of(main: VideoRow, others: Others) -> list[VersionValue]:
    """Return the versions of a movie or episode, the default one first."""
    found = others.get(main.main_id or main.video_id, ())
    if not found:
        return [_version([main])]
    rows = [main, *sorted(found, key=_order)]
    versions: dict[tuple[str, str, str], list[VideoRow]] = {}
    for row in rows:
        key = version_key(row.video_id, row.version, row.edition, row.part)
        versions.setdefault(key, []).append(row)
    return [_version(parts) for parts in versions.values()]


def _order(row: VideoRow) -> tuple[bool, int, str]:
    """Sort versions without a label first, then by resolution, the highest first."""
    return bool(row.version or row.edition), -vertical_resolution(row.version), row.sort_key


def _version(rows: Sequence[VideoRow]) -> VersionValue:
    parts = sorted(rows, key=lambda row: row.part or 0)
    known = [row.duration for row in parts if row.duration is not None]
    return VersionValue(
        parts[0].video_id,
        " ".join(filter(None, (parts[0].edition, parts[0].version))),
        sum(known) if len(known) == len(parts) else None,
        [PartValue(row.video_id, row.duration) for row in parts],
    )


def extras_of(show: Show) -> list[ExtraValue]:
    """Return the extras of a show."""
    return [
        ExtraValue(row.video_id, row.extra, row.title, row.duration, url_of(row.thumbnail))
        for row in show.extras
        if row.extra is not None
    ]


def artwork_value(pictures: ArtworkIds) -> ArtworkValue:
    """Return the artwork besides `thumbnail` and `banner`."""
    return ArtworkValue(
        url_of(pictures.backdrop), url_of(pictures.landscape), url_of(pictures.logo, "webp")
    )


def details_value(details: Details | None) -> DetailsValue | None:
    """Return the details of a title; None if it has none."""
    if details is None:
        return None
    return DetailsValue(
        details.original_title,
        details.tagline,
        details.plot,
        details.rating,
        details.certificate,
        details.aired,
        list(details.genres),
        list(details.studios),
        list(details.directors),
        [PersonValue(actor.name, actor.role) for actor in details.actors],
    )


def url_of(blob_id: BlobId | None, extension: str = "jpg") -> str | None:
    """Return the URL of an image."""
    return None if blob_id is None else f"/{blob_id}.{extension}"


def seasons_in(videos: Iterable[VideoRow]) -> list[int]:
    """Return the numbers of the seasons that there are, specials last."""
    seasons = {row.season for row in videos if row.season is not None}
    return sorted(seasons, key=lambda season: (season == 0, season))

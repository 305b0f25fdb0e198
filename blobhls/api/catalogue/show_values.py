"""Shows as JSON, in the shapes of the seed's API with a few more fields."""

from __future__ import annotations

from typing import Final

import msgspec

from blobhls.api.catalogue.title_values import (
    ArtworkValue,
    DetailsValue,
    ExtraValue,
    Others,
    VersionValue,
    artwork_value,
    details_value,
    extras_of,
    others_of,
    seasons_in,
    versions_of,
)
from blobhls.blob import BlobId
from blobhls.index.catalogue.rows import ArtworkIds, Show, VideoRow, season_id
from blobhls.names.folders import episode_index
from blobhls.names.nfo import Details

_SILENT: Final = Details()


class ShowInfo(msgspec.Struct, frozen=True):
    """The common fields of movies and series."""

    id: str
    title: str
    thumbnail: str  # `/<sha256>.jpg`
    banner: str  # `/<sha256>.jpg`


class MovieValue(msgspec.Struct, frozen=True, tag_field="kind", tag="movie"):
    """A movie; its id is also that of its video."""

    info: ShowInfo
    year: int | None
    duration: float | None  # seconds; null until it was probed
    ids: dict[str, str]  # by provider: imdb, tmdb, …
    artwork: ArtworkValue
    versions: list[VersionValue]  # never empty; the first is the one of `info.id`
    extras: list[ExtraValue]
    details: DetailsValue | None
    added: int  # seconds since the epoch, when its file was first listed


class SeasonValue(msgspec.Struct, frozen=True):
    """A season of a series."""

    season: int  # 0 for specials
    thumbnail: str  # `/<sha256>.jpg`
    artwork: ArtworkValue
    title: str | None  # of its own, as its NFO file has it
    plot: str | None


class EpisodeValue(msgspec.Struct, frozen=True):
    """A video of a series."""

    id: str  # of the video
    index: str  # `S01E02`, `S01E01-E02`, `S01`; empty if the name has no number
    title: str
    season: int | None  # 0 for specials
    episode: int | None
    duration: float | None  # seconds; null until it was probed
    thumbnail: str  # `/<sha256>.jpg`
    aired: str | None  # `2019-12-20`
    plot: str | None
    versions: list[VersionValue]  # never empty; the first is the one of `id`


class SeriesValue(msgspec.Struct, frozen=True, tag_field="kind", tag="series"):
    """A series with its episodes in order, specials last."""

    info: ShowInfo
    year: int | None
    episodes: list[EpisodeValue]
    seasons: list[SeasonValue]  # specials last
    ids: dict[str, str]  # by provider: imdb, tvdb, …
    artwork: ArtworkValue
    extras: list[ExtraValue]
    details: DetailsValue | None
    added: int  # seconds since the epoch, when its newest episode was first listed


def picture_url(*choices: BlobId | None, placeholder: BlobId) -> str:
    """Return the URL of the first image that is not None."""
    blob_id = next((choice for choice in choices if choice is not None), placeholder)
    return f"/{blob_id}.jpg"


def show_value(show: Show, placeholder: BlobId) -> MovieValue | SeriesValue:
    """Return a show as JSON; `placeholder` stands for images that are not rendered yet."""
    info = ShowInfo(
        show.show_id,
        show.title,
        picture_url(show.pictures.thumbnail, placeholder=placeholder),
        picture_url(show.pictures.banner, placeholder=placeholder),
    )
    if show.kind == "movie":
        return MovieValue(
            info,
            show.year,
            show.videos[0].duration,
            show.ids,
            artwork_value(show.pictures),
            versions_of(show.videos[0], others_of(show)),
            extras_of(show),
            details_value(show.details.get(show.show_id)),
            show.added_at,
        )
    others = others_of(show)
    return SeriesValue(
        info,
        show.year,
        [_episode(show, video, others, placeholder) for video in show.videos],
        [_season(show, season, placeholder) for season in seasons_in(show.videos)],
        show.ids,
        artwork_value(show.pictures),
        extras_of(show),
        details_value(show.details.get(show.show_id)),
        show.added_at,
    )


def _episode(show: Show, video: VideoRow, others: Others, placeholder: BlobId) -> EpisodeValue:
    details = show.details.get(video.video_id, _SILENT)
    return EpisodeValue(
        video.video_id,
        video_index(video),
        video.title,
        video.season,
        video.episode,
        video.duration,
        picture_url(video.thumbnail, show.pictures.thumbnail, placeholder=placeholder),
        video.aired or details.aired or None,
        details.plot or None,
        versions_of(video, others),
    )


def _season(show: Show, season: int, placeholder: BlobId) -> SeasonValue:
    pictures = show.seasons.get(season, ArtworkIds())
    poster = picture_url(pictures.thumbnail, show.pictures.thumbnail, placeholder=placeholder)
    details = show.details.get(season_id(show.show_id, season), _SILENT)
    artwork = artwork_value(pictures)
    return SeasonValue(season, poster, artwork, details.title or None, details.plot or None)


def video_index(video: VideoRow) -> str:
    """Return the label of an episode; empty for a movie."""
    return episode_index(video.season, video.episode, video.episode_to, video.aired)

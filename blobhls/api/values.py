"""The catalogue as JSON, in the shapes of the seed's API plus a few fields."""

from __future__ import annotations

import msgspec

from blobhls.blob import BlobId
from blobhls.index.catalogue_values import Show, VideoRow
from blobhls.library.names import episode_index


class ShowInfo(msgspec.Struct, frozen=True):
    """What movies and series have in common."""

    id: str
    title: str
    thumbnail: str  # `/<sha256>.jpg`
    banner: str  # `/<sha256>.jpg`


class Movie(msgspec.Struct, frozen=True, tag_field="kind", tag="movie"):
    """A film; its id is also that of its video."""

    info: ShowInfo
    year: int | None
    duration: float | None  # seconds; null until it was probed


class Episode(msgspec.Struct, frozen=True):
    """A video of a series."""

    id: str  # of the video
    index: str  # `S01E02`, `S01E01-E02`, `S01`; empty if the name has no number
    title: str
    season: int | None  # 0 for specials
    episode: int | None
    duration: float | None  # seconds; null until it was probed
    thumbnail: str  # `/<sha256>.jpg`


class Series(msgspec.Struct, frozen=True, tag_field="kind", tag="series"):
    """A series with its episodes in order, specials last."""

    info: ShowInfo
    year: int | None
    episodes: list[Episode]


def picture_url(*choices: BlobId | None, placeholder: BlobId) -> str:
    """Return the URL of the first picture that there is."""
    blob_id = next((choice for choice in choices if choice is not None), placeholder)
    return f"/{blob_id}.jpg"


def show_value(show: Show, placeholder: BlobId) -> Movie | Series:
    """Return a show as the API has it; `placeholder` stands for pictures not made yet."""
    info = ShowInfo(
        show.show_id,
        show.title,
        picture_url(show.pictures.thumbnail, placeholder=placeholder),
        picture_url(show.pictures.banner, placeholder=placeholder),
    )
    if show.kind == "movie":
        return Movie(info, show.year, show.videos[0].duration)
    poster = show.pictures.thumbnail
    episodes = [
        Episode(
            video.video_id,
            video_index(video),
            video.title,
            video.season,
            video.episode,
            video.duration,
            picture_url(video.thumbnail, poster, placeholder=placeholder),
        )
        for video in show.videos
    ]
    return Series(info, show.year, episodes)


def video_index(video: VideoRow) -> str:
    """Return the label of an episode; empty for a movie."""
    return episode_index(video.season, video.episode, video.episode_to)

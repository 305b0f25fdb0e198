"""Builds shows from rows. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from blobhls.blob import BlobId
from blobhls.index.catalogue.rows import ArtworkIds, Show, VideoRow, season_id
from blobhls.names.nfo import Details

_FIELDS: Final = VideoRow.__struct_fields__

VIDEO_COLUMNS: Final = ", ".join(_FIELDS)
"""SQL after `SELECT` for rows of the view `videos` that `video_columns` takes."""

FILE_COLUMNS: Final = ", ".join("NULL" if name == "thumbnail" else name for name in _FIELDS)
"""The same for the table `files`, without the column that the view adds."""


def video_columns(row: Sequence[Any]) -> dict[str, Any]:
    """Return the columns of a video by name."""
    return dict(zip(_FIELDS, row, strict=True))


def as_video(row: Sequence[Any]) -> VideoRow:
    """Return a video from its row (`VIDEO_COLUMNS`)."""
    columns = video_columns(row)
    thumbnail = columns["thumbnail"]
    columns["thumbnail"] = None if thumbnail is None else BlobId(thumbnail)
    columns["path"] = os.fsdecode(columns["path"])
    return VideoRow(**columns)


def owners_of(files: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids that may own NFO files and artwork: shows, seasons and videos."""
    shows = {file["show_id"] for file in files}
    seasons = {(file["show_id"], file["season"]) for file in files if file["season"] is not None}
    return [
        *shows,
        *(season_id(*each) for each in seasons),
        *(file["video_id"] for file in files if file["video_id"] not in shows),
    ]


def with_sidecars(
    file: Mapping[str, Any], pictures: Mapping[str, ArtworkIds], notes: Mapping[str, Details]
) -> VideoRow:
    """Return a video from the columns of its file, its NFO file and its artwork."""
    columns = {**file, "path": os.fsdecode(file["path"])}
    video_id, show_id = columns["video_id"], columns["show_id"]
    if show_id in notes:
        columns["show_title"] = notes[show_id].title or columns["show_title"]
    if video_id in notes:
        columns["title"] = notes[video_id].title or columns["title"]
    if video_id in pictures:
        columns["thumbnail"] = pictures[video_id].thumbnail
    return VideoRow(**columns)


def as_show(
    row: Sequence[Any],
    videos: Sequence[VideoRow],
    pictures: Mapping[str, ArtworkIds],
    notes: Mapping[str, Details],
) -> Show:
    """Return a show from its row (`show_lists.SHOW`) and its videos in order."""
    show_id, kind, title, year, ids, added_at = row
    extras = tuple(video for video in videos if video.extra is not None)
    own = [video for video in videos if video.extra is None] or list(videos)
    # If the main file can't be played, the first of its other versions takes its place.
    main: dict[str, VideoRow] = {}
    for video in own:
        main.setdefault(video.main_id or video.video_id, video)
    mains = {video.video_id for video in main.values()}
    seasons = {video.season for video in own if video.season is not None}
    return Show(
        show_id,
        kind,
        title,
        year,
        pictures.get(show_id, ArtworkIds()),
        tuple(main.values()),
        tuple(video for video in own if video.video_id not in mains),
        extras,
        dict(pair.split("=", 1) for pair in ids.split()),
        {owner: notes[owner] for owner in _noted(show_id, seasons, videos) if owner in notes},
        {
            season: found
            for season in sorted(seasons)
            if (found := pictures.get(season_id(show_id, season))) is not None
        },
        added_at,
    )


def _noted(show_id: str, seasons: Iterable[int], videos: Sequence[VideoRow]) -> Iterator[str]:
    yield show_id
    yield from (season_id(show_id, season) for season in sorted(seasons))
    for video in videos:
        yield video.video_id

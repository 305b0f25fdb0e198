"""Rows put together into shows. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from blobhls.index.catalogue.rows import Pictures, Show, VideoRow, season_id
from blobhls.names.nfo import Details


def owners_of(files: Sequence[Sequence[Any]]) -> list[str]:
    """Return whatever of shows may have notes and artwork: themselves, seasons and videos.

    `files`: rows with the columns of `VideoRow`.
    """
    shows = {show_id for _, show_id, *_ in files}
    seasons = {(file[1], file[8]) for file in files if file[8] is not None}
    return [
        *shows,
        *(season_id(*each) for each in seasons),
        *(file[0] for file in files if file[0] not in shows),
    ]


def as_video(
    file: Sequence[Any], pictures: Mapping[str, Pictures], notes: Mapping[str, Details]
) -> VideoRow:
    """Return a video from the columns of its file, in the order of `VideoRow`."""
    video_id, show_id, kind, show_title, path, size, mtime_ns, title, *rest = file
    if show_id in notes:
        show_title = notes[show_id].title or show_title
    if video_id in notes:
        title = notes[video_id].title or title
    rest[6] = pictures[video_id].thumbnail if video_id in pictures else None
    return VideoRow(
        video_id, show_id, kind, show_title, os.fsdecode(path), size, mtime_ns, title, *rest
    )


def as_show(
    row: Sequence[Any],
    videos: Sequence[VideoRow],
    pictures: Mapping[str, Pictures],
    notes: Mapping[str, Details],
) -> Show:
    """Return a show from its row (`show_lists.SHOW`) and its videos in order."""
    show_id, kind, title, year, ids, added_at = row
    extras = tuple(video for video in videos if video.extra is not None)
    own = [video for video in videos if video.extra is None] or list(videos)
    # If the main file can't be played, the first of its other versions stands in for it.
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
        pictures.get(show_id, Pictures()),
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

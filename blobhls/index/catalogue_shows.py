"""Rows put together into shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from blobhls.index.catalogue_values import Pictures, Show, VideoRow, season_id
from blobhls.library.nfo import Details


def owners_of(show_id: str, videos: Sequence[VideoRow]) -> list[str]:
    """Return whatever of a show may have notes and artwork: itself, seasons and videos."""
    seasons = {video.season for video in videos if video.season is not None}
    return [
        show_id,
        *(season_id(show_id, season) for season in sorted(seasons)),
        *(video.video_id for video in videos if video.video_id != show_id),
    ]


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
        {owner: notes[owner] for owner in owners_of(show_id, videos) if owner in notes},
        {
            season: found
            for season in sorted(seasons)
            if (found := pictures.get(season_id(show_id, season))) is not None
        },
        added_at,
    )

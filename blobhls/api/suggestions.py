"""`/api/v1/history/continue` and `/next`: what to watch now, worked out from the history.

The latest video of a show decides: begun, it is to be continued; seen to the end, the next episode
that nobody has seen is next. So a show stands in one list, once.
"""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import get

from blobhls.api.history import HistoryItem, WatchProgress, history_item, watch_progress
from blobhls.api.parameters import (
    CatalogueDependency,
    HistoryDependency,
    PlaceholderDependency,
)
from blobhls.api.values import picture_url, video_index
from blobhls.blob import BlobId
from blobhls.index.catalogue import Catalogue
from blobhls.index.catalogue_values import ShowKind, VideoRow
from blobhls.index.history import History, Progress

BEGUN_AT: Final = 0.05
"""Part of the duration before which a video was only looked into."""

_LOOKED_AT: Final = 500  # entries of the history
_MOST: Final = 24  # suggestions


class NextItem(msgspec.Struct, frozen=True):
    """An episode that comes after one that was seen."""

    id: str  # of the video
    show_id: str
    kind: ShowKind
    title: str
    show_title: str
    index: str
    thumbnail: str  # `/<sha256>.jpg`
    progress: WatchProgress | None


def is_begun(entry: Progress) -> bool:
    """Tell whether somebody will want to go on: not just looked into, not seen to the end."""
    if entry.finished:
        return False
    return entry.position >= BEGUN_AT * (entry.duration or 0.0) and entry.position > 0


@get(
    "/history/continue",
    sync_to_thread=True,
    tags=["history"],
    summary="List what was begun",
    description="Between 5 % and 90 % of it was watched; latest first, one video a show.",
    response_description="What to continue.",
)
def list_continue(
    catalogue: CatalogueDependency, history: HistoryDependency, placeholder: PlaceholderDependency
) -> list[HistoryItem]:
    """Return what was begun."""
    found = [
        (video, entry) for video, entry in _latest_of_shows(catalogue, history) if is_begun(entry)
    ][:_MOST]
    posters = catalogue.artworks(video.show_id for video, _ in found)
    return [history_item(video, entry, posters, placeholder) for video, entry in found]


@get(
    "/history/next",
    sync_to_thread=True,
    tags=["history"],
    summary="List what comes next",
    description="Of every series whose latest episode was seen, the next one that was not.",
    response_description="Episodes, by when the one before was seen, latest first.",
)
def list_next(
    catalogue: CatalogueDependency, history: HistoryDependency, placeholder: PlaceholderDependency
) -> list[NextItem]:
    """Return what comes next."""
    seen = {entry.video_id for entry in history.recent()[0] if entry.finished}
    items = []
    for video, entry in _latest_of_shows(catalogue, history):
        if video.kind != "series" or not entry.finished:
            continue
        show = catalogue.show(video.show_id)
        following = next_unseen(show.videos, video.video_id, seen)
        if following is not None:
            progress = history.get(following.video_id, following.source_id)
            items.append(_next_item(following, show.pictures.thumbnail, progress, placeholder))
    return items[:_MOST]


def next_unseen(
    episodes: tuple[VideoRow, ...], video_id: str, seen: set[str]
) -> VideoRow | None:
    """Return the first episode after `video_id` that is not in `seen`; specials don't count."""
    ids = [episode.video_id for episode in episodes]
    if video_id not in ids:
        return None
    after = episodes[ids.index(video_id) + 1 :]
    return next((e for e in after if e.season != 0 and e.video_id not in seen), None)


def _latest_of_shows(catalogue: Catalogue, history: History) -> list[tuple[VideoRow, Progress]]:
    """Return the latest video of each show that was more than looked into."""
    page, _ = history.recent(_LOOKED_AT)
    videos = catalogue.videos(entry.video_id for entry in page)
    latest: dict[str, tuple[VideoRow, Progress]] = {}
    for entry in page:
        video = videos.get(entry.video_id)
        if video is not None and (entry.finished or is_begun(entry)):
            latest.setdefault(video.show_id, (video, entry))
    return list(latest.values())


def _next_item(
    video: VideoRow, poster: BlobId | None, progress: Progress | None, placeholder: BlobId
) -> NextItem:
    return NextItem(
        id=video.video_id,
        show_id=video.show_id,
        kind=video.kind,
        title=video.title,
        show_title=video.show_title,
        index=video_index(video),
        thumbnail=picture_url(video.thumbnail, poster, placeholder=placeholder),
        progress=None if progress is None else watch_progress(progress),
    )


SUGGESTION_HANDLERS = (list_continue, list_next)
"""To be mounted at `/api/v1`; need `catalogue`, `history` and `placeholder`."""

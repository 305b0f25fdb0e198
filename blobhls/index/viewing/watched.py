"""Marks of videos, seasons and shows as watched or not, and the progress of shows."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from blobhls.index.catalogue.rows import Show, VideoRow
from blobhls.index.database import Database
from blobhls.index.viewing.history import History, Progress
from blobhls.index.viewing.up_next import UpNext
from blobhls.index.viewing.viewer_profiles import DEFAULT_PROFILE


class ShowProgress(msgspec.Struct, frozen=True):
    """How far a show was watched."""

    videos: dict[str, Progress]  # by video_id; those with a history entry
    watched: int  # episodes, or 1 for a film
    total: int
    next_id: str | None  # video to resume; None: unwatched, or all seen


class Watched:
    """Marks videos as watched, and sums up the progress of shows."""

    def __init__(self, db: Database, history: History, up_next: UpNext) -> None:
        self._db = db
        self._history = history
        self._up_next = up_next

    def mark(
        self, videos: Iterable[VideoRow], profile_id: str = DEFAULT_PROFILE, *, watched: bool
    ) -> None:
        """Mark videos, in their order, as watched or as never played.

        A video that was seen already keeps its time; one marked as not watched loses its entry.
        """
        with self._db.transaction():
            for video in videos:
                known = self._history.get(video.video_id, video.source_id, profile_id)
                if not watched:
                    self._history.delete(video.video_id, video.source_id, profile_id)
                elif known is None or not known.finished:
                    self._history.put(
                        video.video_id,
                        video.source_id,
                        video.duration or 0.0,
                        video.duration,
                        profile_id,
                        watched=True,
                    )

    def of(self, show_id: str, profile_id: str = DEFAULT_PROFILE) -> ShowProgress:
        """Return how far a show was watched; all zero for an unknown show."""
        entries = self._up_next.entries(show_id, profile_id)
        episodes = self._up_next.episodes(show_id)
        return ShowProgress(
            {video_id: entry.progress for video_id, entry in entries.items()},
            sum(episode.is_seen(entries) for episode in episodes),
            len(episodes),
            self._up_next.resume_id(show_id, profile_id),
        )


def of_season(show: Show, season: int | None) -> list[VideoRow]:
    """Return the files of a season, None: of all; versions and parts included, extras not."""
    rows = (*show.videos, *show.others)
    return [row for row in rows if season is None or row.season == season]


def of_episode(show: Show, video: VideoRow) -> list[VideoRow]:
    """Return the files that belong to one episode or film: a video, its versions and parts."""
    main_id = video.main_id or video.video_id
    rows = (*show.videos, *show.others)
    return [row for row in rows if main_id in {row.video_id, row.main_id}] or [video]

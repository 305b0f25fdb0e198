"""The watch history: where viewers stopped, and what they finished."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from blobhls.index.database import Database
from blobhls.index.viewing import last_watched
from blobhls.index.viewing.viewer_profiles import DEFAULT_PROFILE

BEGUN_AT: Final = 0.05
"""Fraction of the duration; a video that was left before it does not count as begun."""
FINISHED_AT: Final = 0.9
"""Fraction of the duration after which a video counts as seen: the rest is mostly credits."""

_BY_SOURCE: Final = """
    SELECT position, duration, updated_at, watched FROM progress
    WHERE source_id = ? AND profile_id = ? ORDER BY number DESC LIMIT 1
"""
# An entry whose source is another video's by now belongs to that one. The others were played before
# they were probed, or their file was replaced.
_BY_VIDEO: Final = """
    SELECT position, duration, updated_at, watched FROM progress p
    WHERE video_id = ? AND profile_id = ?
        AND NOT EXISTS (SELECT 1 FROM files f WHERE f.source_id = p.source_id)
    ORDER BY number DESC LIMIT 1
"""
_DELETE: Final = """
    DELETE FROM progress AS p WHERE profile_id = :profile_id AND (
        source_id = :source_id OR (
            video_id = :video_id
            AND NOT EXISTS (SELECT 1 FROM files f WHERE f.source_id = p.source_id)
        )
    )
"""
_INSERT: Final = """
    INSERT INTO progress (
        profile_id, video_id, source_id, position, duration, updated_at, watched
    ) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
# SQLite takes the other columns from the row that has the highest number.
_RECENT: Final = f"""
    SELECT e.current, e.position, coalesce(f.duration, e.duration), e.updated_at, e.watched,
        max(e.number)
    FROM (
        SELECT p.*, {last_watched.CURRENT} AS current FROM progress p WHERE p.profile_id = ?
    ) e JOIN files f ON f.video_id = e.current
    GROUP BY e.current ORDER BY max(e.number) DESC
"""  # noqa: S608 - ours


class Progress(msgspec.Struct, frozen=True):
    """How far a video was watched."""

    video_id: str
    position: float  # seconds
    duration: float | None  # seconds
    updated_at: float  # seconds since the epoch
    watched: bool = False  # marked as watched, whatever the position

    @property
    def finished(self) -> bool:
        """Whether it counts as seen; with an unknown duration, only if it was marked as watched."""
        seen = bool(self.duration) and self.position >= FINISHED_AT * (self.duration or 0.0)
        return self.watched or seen

    @property
    def begun(self) -> bool:
        """Whether enough of it was watched to count."""
        least = BEGUN_AT * (self.duration or 0.0)
        return self.watched or (self.position > 0 and self.position >= least)

    @property
    def resume(self) -> float | None:
        """Where to resume, in seconds; None: at the beginning."""
        return self.position if self.begun and not self.finished else None


class History:
    """Where viewers stopped, by source where it is known: a renamed file keeps its place.

    Each profile has a history of its own.
    """

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch, as `time.time`."""
        self._db = db
        self._clock = clock

    def put(
        self,
        video_id: str,
        source_id: str | None,
        position_seconds: float,
        duration: float | None,
        profile_id: str = DEFAULT_PROFILE,
        *,
        watched: bool = False,
    ) -> Progress:
        """Store a position, in place of the previous one. `watched`: it counts as seen anyway."""
        progress = Progress(video_id, position_seconds, duration, self._clock(), watched)
        names = {"video_id": video_id, "source_id": source_id, "profile_id": profile_id}
        with self._db.transaction() as connection:
            connection.execute(_DELETE, names)
            entry = (position_seconds, duration, progress.updated_at, watched)
            added = connection.execute(_INSERT, (profile_id, video_id, source_id, *entry))
            if progress.begun:
                last_watched.record(connection, profile_id, video_id, added.lastrowid or 0)
                if progress.finished:
                    last_watched.finish(connection, profile_id, video_id)
            else:
                last_watched.recompute(
                    connection, profile_id, last_watched.show_of(connection, video_id)
                )
        return progress

    def get(
        self, video_id: str, source_id: str | None, profile_id: str = DEFAULT_PROFILE
    ) -> Progress | None:
        """Return the entry of a video, also if its file was renamed; None if there is none."""
        row = self._db.one(_BY_SOURCE, (source_id, profile_id)) or self._db.one(
            _BY_VIDEO, (video_id, profile_id)
        )
        return None if row is None else as_progress((video_id, *row))

    def delete(
        self, video_id: str, source_id: str | None, profile_id: str = DEFAULT_PROFILE
    ) -> None:
        """Delete the entry of a video. A missing entry is not an error."""
        names = {"video_id": video_id, "source_id": source_id, "profile_id": profile_id}
        with self._db.transaction() as connection:
            connection.execute(_DELETE, names)
            show_id = last_watched.show_of(connection, video_id)
            last_watched.recompute(connection, profile_id, show_id)

    def recent(
        self, limit: int | None = None, offset: int = 0, profile_id: str = DEFAULT_PROFILE
    ) -> tuple[list[Progress], int]:
        """Return a page of what was watched, latest first, and how many there are in all.

        One entry a video. Videos without a file in the library are left out, until it is back.
        """
        rows = self._db.all(_RECENT, (profile_id,))
        stop = None if limit is None else offset + limit
        page = [as_progress(row) for row in rows[offset:stop]]
        return page, len(rows)


def as_progress(row: Sequence[Any]) -> Progress:
    """Return an entry from its row: video, position, duration, time, watched; ignores the rest."""
    video_id, position, duration, updated_at, watched = row[:5]
    return Progress(video_id, position, duration, updated_at, bool(watched))

"""The watch history: where people stopped, and what they finished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from blobhls.index.database import Database

FINISHED_AT: Final = 0.9
"""Part of the duration after which a video counts as seen: what follows is mostly credits."""

_BY_SOURCE: Final = """
    SELECT position, duration, updated_at FROM progress
    WHERE source_id = ? ORDER BY number DESC LIMIT 1
"""
# An entry whose source lies elsewhere in the library by now belongs to the video there. What is
# left was played before it was probed, or its file was replaced.
_BY_VIDEO: Final = """
    SELECT position, duration, updated_at FROM progress p
    WHERE video_id = ? AND NOT EXISTS (SELECT 1 FROM files f WHERE f.source_id = p.source_id)
    ORDER BY number DESC LIMIT 1
"""
_DELETE: Final = """
    DELETE FROM progress AS p WHERE source_id = :source_id OR (
        video_id = :video_id
        AND NOT EXISTS (SELECT 1 FROM files f WHERE f.source_id = p.source_id)
    )
"""
_INSERT: Final = """
    INSERT INTO progress (video_id, source_id, position, duration, updated_at)
    VALUES (?, ?, ?, ?, ?)
"""
# Each entry goes to the video it was played as if that still has its source, else to where the
# source lies now, else to the video again, which then has been replaced. SQLite takes the other
# columns from the row that has the highest number.
_RECENT: Final = """
    SELECT e.current, e.position, coalesce(f.duration, e.duration), e.updated_at, max(e.number)
    FROM (
        SELECT p.*, coalesce(
            (SELECT video_id FROM files
                WHERE video_id = p.video_id AND source_id = p.source_id AND problem IS NULL),
            (SELECT video_id FROM files
                WHERE source_id = p.source_id AND problem IS NULL ORDER BY path LIMIT 1),
            (SELECT video_id FROM files WHERE video_id = p.video_id AND problem IS NULL)
        ) AS current
        FROM progress p
    ) e JOIN files f ON f.video_id = e.current
    GROUP BY e.current ORDER BY max(e.number) DESC
"""


class Progress(msgspec.Struct, frozen=True):
    """How far a video was watched."""

    video_id: str
    position: float  # seconds
    duration: float | None  # seconds
    updated_at: float  # seconds since the epoch

    @property
    def finished(self) -> bool:
        """Whether it counts as seen; never, as long as the duration is unknown."""
        return bool(self.duration) and self.position >= FINISHED_AT * (self.duration or 0.0)


class History:
    """Where people stopped, by source where it is known: a renamed file keeps its place."""

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
    ) -> Progress:
        """Remember a position, in place of the one before."""
        progress = Progress(video_id, position_seconds, duration, self._clock())
        with self._db.transaction() as connection:
            connection.execute(_DELETE, {"video_id": video_id, "source_id": source_id})
            connection.execute(
                _INSERT, (video_id, source_id, position_seconds, duration, progress.updated_at)
            )
        return progress

    def get(self, video_id: str, source_id: str | None) -> Progress | None:
        """Return what was remembered of a video under this or another name, or None."""
        row = self._db.one(_BY_SOURCE, (source_id,)) or self._db.one(_BY_VIDEO, (video_id,))
        return None if row is None else Progress(video_id, *row)

    def delete(self, video_id: str, source_id: str | None) -> None:
        """Forget a video. Nothing remembered is not an error."""
        with self._db.transaction() as connection:
            connection.execute(_DELETE, {"video_id": video_id, "source_id": source_id})

    def recent(self, limit: int | None = None, offset: int = 0) -> tuple[list[Progress], int]:
        """Return a page of what was watched, latest first, and how many there are in all.

        One entry a video. What is not in the library now is left out, but comes back with its file.
        """
        entries = [Progress(*row[:4]) for row in self._db.all(_RECENT)]
        stop = None if limit is None else offset + limit
        return entries[offset:stop], len(entries)

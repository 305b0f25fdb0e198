"""The latest history entry of each show, by profile. Every function runs in a transaction."""

from __future__ import annotations

import sqlite3
from typing import Final

# An entry belongs to the video that was played, if that still has its source; else to the video
# that has the source now; else to the video that was played, whose file was replaced.
CURRENT: Final = """coalesce(
    (SELECT video_id FROM files
        WHERE video_id = p.video_id AND source_id = p.source_id AND problem IS NULL),
    (SELECT video_id FROM files
        WHERE source_id = p.source_id AND problem IS NULL ORDER BY path LIMIT 1),
    (SELECT video_id FROM files WHERE video_id = p.video_id AND problem IS NULL)
)"""
"""SQL: the `video_id` that an entry `p` of the history belongs to now, or NULL."""

ENTRY: Final = """coalesce(
    (SELECT max(number) FROM progress
        WHERE source_id = f.source_id AND profile_id = :profile_id),
    (SELECT max(number) FROM progress q
        WHERE q.video_id = f.video_id AND q.profile_id = :profile_id
            AND NOT EXISTS (SELECT 1 FROM files g WHERE g.source_id = q.source_id))
)"""
"""SQL: the number of the entry that a file `f` has in the history of `:profile_id`, or NULL."""

_RECORD: Final = """
    INSERT INTO trails (profile_id, show_id, number)
    SELECT ?, show_id, ? FROM files WHERE video_id = ? AND extra IS NULL
    ON CONFLICT (profile_id, show_id) DO UPDATE SET number = excluded.number, dismissed = 0
"""
_RECOMPUTE: Final = f"""
    INSERT INTO trails (profile_id, show_id, number)
    SELECT :profile_id, f.show_id, p.number
    FROM files f JOIN progress p ON p.number = {ENTRY}
    WHERE f.show_id = :show_id AND f.extra IS NULL AND f.problem IS NULL
        AND (p.watched OR p.position > 0
            AND p.position >= 0.05 * coalesce(f.duration, p.duration, 0))
    ORDER BY p.number DESC LIMIT 1
    ON CONFLICT (profile_id, show_id) DO UPDATE
        SET number = excluded.number, dismissed = iif(number = excluded.number, dismissed, 0)
"""  # noqa: S608 - ours
_FINISH: Final = """
    DELETE FROM trails WHERE profile_id = ? AND show_id = (
        SELECT show_id FROM files WHERE video_id = ? AND kind = 'movie' AND part IS NULL
    )
"""


def show_of(connection: sqlite3.Connection, video_id: str) -> str | None:
    """Return the show of a video, or None for a video that is gone."""
    row = connection.execute("SELECT show_id FROM files WHERE video_id = ?", (video_id,)).fetchone()
    return None if row is None else row[0]


def record(connection: sqlite3.Connection, profile_id: str, video_id: str, number: int) -> None:
    """Record an entry as the latest of its show, which is offered again if it was dismissed.

    Extras, such as trailers, don't count.
    """
    connection.execute(_RECORD, (profile_id, number, video_id))


def finish(connection: sqlite3.Connection, profile_id: str, video_id: str) -> None:
    """Remove the entry of a film that was seen to its end; a series keeps its entry."""
    connection.execute(_FINISH, (profile_id, video_id))


def recompute(connection: sqlite3.Connection, profile_id: str, show_id: str | None) -> None:
    """Find the latest entry of a show in the history; it stays dismissed if it is the same."""
    connection.execute(_RECOMPUTE, {"profile_id": profile_id, "show_id": show_id})

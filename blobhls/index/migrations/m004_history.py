"""Migration 4: the watch history."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def history(db: SqliteUtils) -> None:
    """Create the history: one row a source, or a video that is not probed yet."""
    db.execute("""
        CREATE TABLE progress (
            number INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows with each change: latest is highest
            video_id TEXT NOT NULL,    -- where the source was when it was played
            source_id TEXT,
            position REAL NOT NULL,    -- seconds
            duration REAL,             -- seconds, as known when it was played
            updated_at REAL NOT NULL   -- seconds since the epoch
        )
    """)
    db.execute("CREATE INDEX progress_by_video ON progress (video_id)")
    db.execute("CREATE INDEX progress_by_source ON progress (source_id)")

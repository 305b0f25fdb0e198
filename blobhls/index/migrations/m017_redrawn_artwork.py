"""Migration 17: logos and frames are made again."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def better_pictures(db: SqliteUtils) -> None:
    """Make logos and frames anew; until then the old ones stand."""
    db.execute("UPDATE artwork SET settled = 0 WHERE kind = 'logo' OR is_frame = 1")

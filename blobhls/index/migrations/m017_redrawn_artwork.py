"""Migration 17: logos and frames are made again."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def redrawn_artwork(db: SqliteUtils) -> None:
    """Have logos and frames rendered again; until then the old ones stay."""
    db.execute("UPDATE artwork SET settled = 0 WHERE kind = 'logo' OR is_frame = 1")

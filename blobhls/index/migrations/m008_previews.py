"""Migration 8: previews, the images over the seek bar."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def previews(db: SqliteUtils) -> None:
    """Create the table of previews, by source."""
    db.execute("""
        CREATE TABLE previews (
            source_id TEXT PRIMARY KEY,
            version INTEGER NOT NULL,  -- of how they are laid out
            body BLOB NOT NULL         -- JSON
        ) WITHOUT ROWID
    """)

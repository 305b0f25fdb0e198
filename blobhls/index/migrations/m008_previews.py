"""Migration 8: pictures over the seek bar."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def previews(db: SqliteUtils) -> None:
    """Remember the pictures over the seek bar of each source."""
    db.execute("""
        CREATE TABLE previews (
            source_id TEXT PRIMARY KEY,
            version INTEGER NOT NULL,  -- of how they are laid out
            body BLOB NOT NULL         -- JSON
        ) WITHOUT ROWID
    """)

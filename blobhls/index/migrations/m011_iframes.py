"""Migration 11: key frames of segments."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def iframes(db: SqliteUtils) -> None:
    """Create the table."""
    db.execute("""
        CREATE TABLE iframes (
            blob_id TEXT PRIMARY KEY REFERENCES blobs ON DELETE CASCADE,
            body BLOB NOT NULL         -- JSON: [[offset, length, ticks after the window's start]]
        ) WITHOUT ROWID
    """)

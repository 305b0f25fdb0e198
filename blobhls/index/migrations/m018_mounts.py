"""Migration 18: mount points inside the library."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def mounts(db: SqliteUtils) -> None:
    """Create the table of folders that were mount points; an empty one is not mounted."""
    db.execute("CREATE TABLE mounts (path BLOB PRIMARY KEY) WITHOUT ROWID")

"""Migration 10: sessions of the operator's password."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def sessions(db: SqliteUtils) -> None:
    """Create the table of sessions; a row alone does not open one."""
    db.execute("""
        CREATE TABLE sessions (
            tag BLOB PRIMARY KEY,      -- of the cookie and the password together
            expires_at REAL NOT NULL   -- seconds since the epoch
        ) WITHOUT ROWID
    """)

"""Migration 2: sources, plans, seals and roots."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def sources(db: SqliteUtils) -> None:
    """Create the tables."""
    db.execute("""
        CREATE TABLE sources (
            source_id TEXT PRIMARY KEY,
            probe BLOB,
            problem TEXT               -- why it can't be played
        ) WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE plans (
            source_id TEXT PRIMARY KEY,
            plan_id TEXT NOT NULL,
            body BLOB NOT NULL
        ) WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE seals (
            plan_id TEXT NOT NULL,
            rendition TEXT NOT NULL,
            body BLOB NOT NULL,        -- playlist blob and what was measured
            PRIMARY KEY (plan_id, rendition)
        ) WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE roots (
            plan_id TEXT NOT NULL,
            blob_id TEXT NOT NULL,
            renditions TEXT NOT NULL,  -- JSON list of names
            sealed_at REAL NOT NULL,
            withdrawn TEXT,            -- why it can't be served any more
            PRIMARY KEY (plan_id, blob_id)
        ) WITHOUT ROWID
    """)

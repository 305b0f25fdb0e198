"""Migration 1: blobs, recipes, bindings and proofs."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def blobs(db: SqliteUtils) -> None:
    """Create the tables."""
    db.execute("""
        CREATE TABLE blobs (
            blob_id TEXT PRIMARY KEY,
            size INTEGER NOT NULL,
            media_type TEXT NOT NULL,
            present INTEGER NOT NULL,  -- 1: the store has the bytes
            pinned INTEGER NOT NULL,   -- 1: the bytes must stay
            used_at REAL NOT NULL      -- seconds since the epoch, for eviction
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX blobs_by_use ON blobs (used_at) WHERE present = 1 AND pinned = 0")
    db.execute("""
        CREATE TABLE recipes (
            recipe_id TEXT PRIMARY KEY,
            source_id TEXT NOT NULL,
            profile TEXT NOT NULL,
            body BLOB NOT NULL,
            quarantined TEXT           -- why its bytes are not trusted any more
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX recipes_by_source ON recipes (source_id)")
    db.execute("""
        CREATE TABLE bindings (
            recipe_id TEXT NOT NULL REFERENCES recipes,
            engine TEXT NOT NULL,
            blob_id TEXT NOT NULL REFERENCES blobs,
            PRIMARY KEY (recipe_id, engine)
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX bindings_by_blob ON bindings (blob_id)")
    db.execute("""
        CREATE TABLE proofs (
            profile TEXT NOT NULL,
            engine TEXT NOT NULL,
            proven INTEGER NOT NULL,   -- 0: the canary found two different hashes
            PRIMARY KEY (profile, engine)
        ) WITHOUT ROWID
    """)

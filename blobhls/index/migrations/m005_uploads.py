"""Migration 5: owners, reports and blocked blobs."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def uploads(db: SqliteUtils) -> None:
    """Create the tables of owners, reports and blocked blobs."""
    # 1: rendered here, or a playlist or artwork of this server; no owner's token deletes it.
    db.execute("ALTER TABLE blobs ADD COLUMN made INTEGER NOT NULL DEFAULT 1")
    db.execute("CREATE INDEX blobs_brought ON blobs (used_at) WHERE made = 0 AND present = 1")
    db.execute("""
        CREATE TABLE owners (
            pubkey TEXT NOT NULL,      -- hex; '' for nobody in particular
            blob_id TEXT NOT NULL REFERENCES blobs ON DELETE CASCADE,
            uploaded_at INTEGER NOT NULL,  -- seconds since the epoch
            size INTEGER NOT NULL,     -- that of the blob, for a cascade finds it gone
            PRIMARY KEY (pubkey, blob_id)
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX owners_by_time ON owners (pubkey, uploaded_at DESC, blob_id)")
    db.execute("CREATE INDEX owners_by_blob ON owners (blob_id)")
    db.execute("""
        CREATE TABLE usage (           -- what each owner has, and '*' all of them together
            pubkey TEXT PRIMARY KEY,
            blobs INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        ) WITHOUT ROWID
    """)
    db.execute("INSERT INTO usage (pubkey, blobs, bytes) VALUES ('*', 0, 0)")
    db.execute("""
        CREATE TRIGGER owner_added AFTER INSERT ON owners BEGIN
            INSERT OR IGNORE INTO usage (pubkey, blobs, bytes) VALUES (NEW.pubkey, 0, 0);
            UPDATE usage SET blobs = blobs + 1, bytes = bytes + NEW.size
            WHERE pubkey IN (NEW.pubkey, '*');
        END
    """)
    db.execute("""
        CREATE TRIGGER owner_removed AFTER DELETE ON owners BEGIN
            UPDATE usage SET blobs = blobs - 1, bytes = bytes - OLD.size
            WHERE pubkey IN (OLD.pubkey, '*');
        END
    """)
    db.execute("""
        CREATE TABLE facts (           -- what NIP-94 tags say of a blob
            blob_id TEXT PRIMARY KEY REFERENCES blobs ON DELETE CASCADE,
            body BLOB NOT NULL
        ) WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE reports (
            event_id TEXT NOT NULL,
            blob_id TEXT NOT NULL,
            pubkey TEXT NOT NULL,
            kind TEXT NOT NULL,        -- of NIP-56: nudity, malware, …
            content TEXT NOT NULL,
            reported_at INTEGER NOT NULL,
            PRIMARY KEY (event_id, blob_id)
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX reports_by_blob ON reports (blob_id)")
    db.execute("""
        CREATE TABLE blocked (
            blob_id TEXT PRIMARY KEY,
            reason TEXT NOT NULL,
            blocked_at INTEGER NOT NULL
        ) WITHOUT ROWID
    """)

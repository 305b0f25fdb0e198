"""Migration 7: viewer profiles, what each watched last, and language choices."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database as SqliteUtils

DEFAULT_PROFILE: Final = "default"


def profiles(db: SqliteUtils) -> None:
    """Give the history to a default profile; add what each profile watched last and prefers."""
    db.execute("""
        CREATE TABLE profiles (
            profile_id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            made_at REAL NOT NULL      -- seconds since the epoch
        ) WITHOUT ROWID
    """)
    db.execute("INSERT INTO profiles VALUES (?, 'Everybody', 0)", (DEFAULT_PROFILE,))
    db.execute(
        f"ALTER TABLE progress ADD COLUMN profile_id TEXT NOT NULL DEFAULT {DEFAULT_PROFILE!r}"
    )
    # 1: marked as watched, whatever the position
    db.execute("ALTER TABLE progress ADD COLUMN watched INTEGER NOT NULL DEFAULT 0")
    for name in ("video", "source"):
        db.execute(f"DROP INDEX progress_by_{name}")
        db.execute(f"CREATE INDEX progress_by_{name} ON progress ({name}_id, profile_id)")
    db.execute("CREATE INDEX progress_by_profile ON progress (profile_id, number)")
    db.execute("""
        CREATE TABLE trails (          -- the latest entry that counts of each show
            profile_id TEXT NOT NULL,
            show_id TEXT NOT NULL,     -- where the video was when it was played
            number INTEGER NOT NULL REFERENCES progress ON DELETE CASCADE,
            dismissed INTEGER NOT NULL DEFAULT 0,  -- 1: not to be offered until watched again
            PRIMARY KEY (profile_id, show_id)
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX trails_latest ON trails (profile_id, number)")
    db.execute("CREATE INDEX trails_by_entry ON trails (number)")
    db.execute("""
        INSERT INTO trails (profile_id, show_id, number)
        SELECT p.profile_id, f.show_id, max(p.number) FROM progress p JOIN files f USING (video_id)
        WHERE f.extra IS NULL AND NOT (
            f.kind = 'movie' AND p.position >= 0.9 * coalesce(f.duration, p.duration)
        ) IS TRUE
        GROUP BY f.show_id
    """)
    db.execute("""
        CREATE TABLE choices (         -- languages that somebody chose for a show
            profile_id TEXT NOT NULL,
            show_id TEXT NOT NULL,
            source_id TEXT,            -- what was playing: finds the show under another name
            body BLOB NOT NULL,        -- JSON
            PRIMARY KEY (profile_id, show_id)
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX choices_by_source ON choices (source_id, profile_id)")

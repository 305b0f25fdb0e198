"""Migration 12: when files were first listed."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def added(db: SqliteUtils) -> None:
    """Add the time at which each file and show was first listed.

    It is unknown for files that are listed already. Their modification time says more than the
    time of this migration, which would be the same for all of them.
    """
    for table in ("files", "shows"):
        # seconds since the epoch
        db.execute(f"ALTER TABLE {table} ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0")
    db.execute("""
        UPDATE files
        SET added_at = min(mtime_ns / 1000000000, CAST(strftime('%s', 'now') AS INTEGER))
    """)
    db.execute("""
        UPDATE shows SET added_at = coalesce((
            SELECT max(f.added_at) FROM files f
            WHERE f.show_id = shows.show_id AND f.problem IS NULL AND f.extra IS NULL
        ), 0)
    """)
    # The triggers have logged that as a change of every show.
    db.execute("DELETE FROM show_changes")
    db.execute("CREATE INDEX shows_added ON shows (added_at DESC, sort_key, year, show_id)")
    db.execute("CREATE INDEX shows_of_kind ON shows (kind, sort_key, year, show_id)")
    db.execute(
        "CREATE INDEX shows_of_kind_added ON shows (kind, added_at DESC, sort_key, year, show_id)"
    )

"""Migration 9: the log of shows that change."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def changes(db: SqliteUtils) -> None:
    """Create the log of changed shows. Triggers write it, as several programs change shows."""
    db.execute("""
        CREATE TABLE show_changes (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            show_id TEXT NOT NULL,
            change TEXT NOT NULL       -- added, changed, removed
        )
    """)
    for change, event, table, row in (
        ("added", "INSERT", "shows", "new"),
        ("changed", "UPDATE", "shows", "new"),
        ("removed", "DELETE", "shows", "old"),
        ("changed", "UPDATE OF blob_id", "artwork", "new"),
    ):
        condition = "WHEN new.blob_id IS NOT old.blob_id" if table == "artwork" else ""
        db.execute(f"""
            CREATE TRIGGER {table}_{change} AFTER {event} ON {table} {condition} BEGIN
                INSERT INTO show_changes (show_id, change) VALUES ({row}.show_id, '{change}');
            END
        """)  # noqa: S608 - names of ours

"""Migration 15: a counter of changes that a scan compares."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database as SqliteUtils

# Columns that a scan compares with the folder tree; results of probes are not among them.
_COMPARED: Final = {
    "files": (
        "path, size, mtime_ns, video_id, show_id, kind, show_title, show_year, title, season,"
        " episode, episode_to, sort_key, aired, main_id, version, edition, part, extra, show_ids,"
        " problem"
    ),
    "artwork": "owner_id, kind, path, is_frame, size, mtime_ns",
    "notes": "owner_id, path, size, mtime_ns",
    "texts": (
        "path, video_id, size, mtime_ns, language, title, forced, hearing_impaired, is_default"
    ),
}


def revision(db: SqliteUtils) -> None:
    """Count the changes of what a scan compares. Triggers do it, as in `m009_changes`."""
    db.execute("CREATE TABLE library_revision (number INTEGER NOT NULL)")
    db.execute("INSERT INTO library_revision VALUES (0)")
    for table, columns in _COMPARED.items():
        for name, event in (
            ("in", "INSERT"),
            ("out", "DELETE"),
            ("other", f"UPDATE OF {columns}"),
        ):
            db.execute(f"""
                CREATE TRIGGER {table}_revision_{name} AFTER {event} ON {table} BEGIN
                    UPDATE library_revision SET number = number + 1;
                END
            """)  # noqa: S608 - names of ours

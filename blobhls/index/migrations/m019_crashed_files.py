"""Migration 19: files that seemed to crash a worker are read again."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def crashed_files(db: SqliteUtils) -> None:
    """Have files that seemed to crash a worker surveyed again: slow answers were taken for crashes.

    No file has this size, so the next scan takes them for changed.
    """
    db.execute("UPDATE files SET size = -1 WHERE problem LIKE '%crashed the worker process'")

"""Migration 19: files that seemed to crash a worker are read again."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def second_looks(db: SqliteUtils) -> None:
    """Look again at what seemed to crash a worker: long answers of good films did on busy machines.

    No file has such a size, so the next scan takes these for changed.
    """
    db.execute("UPDATE files SET size = -1 WHERE problem LIKE '%crashed the worker process'")

"""Migration 13: an index for the sum of all sizes."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def stored(db: SqliteUtils) -> None:
    """Have sizes together in an index, so that adding them up reads nothing else of the blobs."""
    # `present` is the same in all of it, but SQLite looks at the row for what an index has not.
    # The size first: by a state, other queries would choose it over the index of their order.
    db.execute("CREATE INDEX blobs_stored ON blobs (size, pinned, present) WHERE present = 1")

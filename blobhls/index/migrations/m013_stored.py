"""Migration 13: an index for the sum of all sizes."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def stored(db: SqliteUtils) -> None:
    """Create an index of sizes, so that their sum reads no rows of blobs."""
    # `present` is the same in all entries, but without it SQLite would read each row.
    # The size is first: led by a state, other queries would prefer it to their own index.
    db.execute("CREATE INDEX blobs_stored ON blobs (size, pinned, present) WHERE present = 1")

"""Migration 14: plans and recipes of the first encoding profiles are dropped."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils

from blobhls.index.migrations.replan import drop_profiles


def second_profiles(db: SqliteUtils) -> None:
    """Plan every source anew: frames of `cut-v2` and `h264-…-v2` have other decode times.

    Blobs of the first profiles are kept, pinned, so that roots which were sealed and published
    still play; their bytes can't be rendered again.
    """
    drop_profiles(db, "cut-v1", "h264-%-v1")

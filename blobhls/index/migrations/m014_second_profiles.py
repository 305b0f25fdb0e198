"""Migration 14: plans and recipes of the first encoding profiles are dropped."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils

from blobhls.index.migrations.replan import forget_profiles


def second_profiles(db: SqliteUtils) -> None:
    """Plan every source anew: pictures of `cut-v2` and `h264-…-v2` have other decode times.

    Blobs of the first profiles stay what they are for as long as their bytes are here, so that
    roots which were sealed and passed on go on playing; nothing can make those bytes again.
    """
    forget_profiles(db, "cut-v1", "h264-%-v1")

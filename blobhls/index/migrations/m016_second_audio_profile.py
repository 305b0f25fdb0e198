"""Migration 16: plans of the first audio profile are dropped."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils

from blobhls.index.migrations.replan import forget_profiles


def second_sounds(db: SqliteUtils) -> None:
    """Plan every source anew: surround sound has renditions, and sound is packed tighter."""
    forget_profiles(db, "aac-stereo-v1")

"""Migration 16: plans of the first audio profile are dropped."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils

from blobhls.index.migrations.replan import drop_profiles


def second_audio_profile(db: SqliteUtils) -> None:
    """Plan every source anew: surround audio has renditions, and audio is packed tighter."""
    drop_profiles(db, "aac-stereo-v1")

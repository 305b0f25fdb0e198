"""The sealed videos of the library."""

from __future__ import annotations

from typing import Final

import msgspec

from blobhls.blob import BlobId
from blobhls.index.database import Database

# A bare column next to max() is that of the row with the maximum (SQLite, "Simple Select").
_SEALED: Final = """
    SELECT v.video_id, r.blob_id, max(r.sealed_at) AS at
    FROM videos v JOIN plans p USING (source_id) JOIN roots r USING (plan_id)
    WHERE r.withdrawn IS NULL GROUP BY v.video_id
"""
_PAGE: Final = f"{_SEALED} ORDER BY at DESC, v.video_id LIMIT ? OFFSET ?"
_COUNT: Final = f"SELECT count(*) FROM ({_SEALED})"  # noqa: S608 - text of ours alone


class SealedVideo(msgspec.Struct, frozen=True):
    """A video, and its newest root that can be served."""

    video_id: str
    root: BlobId
    sealed_at: float  # seconds since the epoch


class SealedVideos:
    """The videos of the library that have a root. Any thread may use it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def newest(self, limit: int, offset: int = 0) -> list[SealedVideo]:
        """Return a page of them, the one sealed last first."""
        rows = self._db.all(_PAGE, (limit, offset))
        return [SealedVideo(video_id, BlobId(root), at) for video_id, root, at in rows]

    def count(self) -> int:
        """Return how many there are."""
        found = self._db.one(_COUNT)
        return 0 if found is None else int(found[0])

"""Byte ranges of key frames in segments, by blob; I-frame playlists are written from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from blobhls.blob import BlobId
from blobhls.index.database import Database
from blobhls.media.results import IFrame

_decoder: Final = msgspec.json.Decoder(tuple[IFrame, ...])


class IFrameIndex:
    """The table `iframes`. A row depends on the bytes of its blob alone, so it stays valid."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, blob_id: BlobId, found: Sequence[IFrame]) -> None:
        """Store the key frames of a video segment; the blob has to have a row."""
        self._db.run(
            "INSERT OR REPLACE INTO iframes (blob_id, body) VALUES (?, ?)",
            (blob_id, msgspec.json.encode(found)),
        )

    def of(self, blob_id: BlobId) -> tuple[IFrame, ...] | None:
        """Return the key frames of a segment; None where they were never read."""
        found = self._db.one("SELECT body FROM iframes WHERE blob_id = ?", (blob_id,))
        return None if found is None else _decoder.decode(found[0])

"""Where the key frames of segments are, by blob: what I-frame playlists are written from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from blobhls.blob import BlobId
from blobhls.index.database import Database
from blobhls.media.results import IFrame

_decoder: Final = msgspec.json.Decoder(tuple[IFrame, ...])


class IFrameIndex:
    """The table `iframes`. What is in it depends on a blob's bytes alone: it is never wrong."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, blob_id: BlobId, found: Sequence[IFrame]) -> None:
        """Remember the key frames of a video segment that the index has a row of."""
        self._db.run(
            "INSERT OR REPLACE INTO iframes (blob_id, body) VALUES (?, ?)",
            (blob_id, msgspec.json.encode(found)),
        )

    def of(self, blob_id: BlobId) -> tuple[IFrame, ...] | None:
        """Return the key frames of a segment; None where nobody has looked for them."""
        found = self._db.one("SELECT body FROM iframes WHERE blob_id = ?", (blob_id,))
        return None if found is None else _decoder.decode(found[0])

"""Previews of sources: the images over the seek bar."""

from __future__ import annotations

import msgspec

from blobhls.blob import BlobId
from blobhls.index.database import Database


class PreviewRow(msgspec.Struct, frozen=True):
    """The preview blobs of one source; all are pinned."""

    vtt: BlobId
    sheets: tuple[BlobId, ...]


class PreviewIndex:
    """The table `previews`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, source_id: str, version: int) -> PreviewRow | None:
        """Return the previews of a source in a version of the layout; None without any."""
        row = self._db.one(
            "SELECT body FROM previews WHERE source_id = ? AND version = ?", (source_id, version)
        )
        if row is None:
            return None
        return msgspec.json.decode(row[0], type=PreviewRow, dec_hook=lambda kind, text: kind(text))

    def put(self, source_id: str, version: int, made: PreviewRow) -> None:
        """Store the previews of a source, in place of older ones."""
        self._db.run(
            "INSERT OR REPLACE INTO previews (source_id, version, body) VALUES (?, ?, ?)",
            (source_id, version, msgspec.json.encode(made, enc_hook=str)),
        )

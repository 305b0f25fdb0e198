"""Contents of NFO files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Final

import msgspec

from blobhls.index.catalogue import writer as write
from blobhls.index.catalogue.rows import NfoTask
from blobhls.index.database import Database
from blobhls.names.nfo import Details

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Details)


class NfoIndex:
    """The table `notes`: one row a file, which is read once until it changes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def todo(self, limit: int) -> list[NfoTask]:
        """Return up to `limit` files that are not read yet."""
        rows = self._db.all(
            "SELECT owner_id, path FROM notes WHERE settled = 0 ORDER BY owner_id LIMIT ?", (limit,)
        )
        return [NfoTask(owner_id, os.fsdecode(path)) for owner_id, path in rows]

    def mark_done(self, task: NfoTask, details: Details | None) -> None:
        """Store the content of a file; None: it is unreadable, until it changes."""
        body = None if details is None else _encoder.encode(details)
        title = None if details is None else details.title or None
        with self._db.transaction() as connection:
            touched = connection.execute(
                "UPDATE notes SET body = ?, title = ?, settled = 1 WHERE owner_id = ? AND path = ?"
                " RETURNING show_id",
                (body, title, task.owner_id, os.fsencode(task.path)),
            ).fetchall()
            write.refresh_shows(connection, [show_id for (show_id,) in touched])

    def of(self, owner_ids: Iterable[str]) -> dict[str, Details]:
        """Return the contents for several shows, seasons and videos, by owner."""
        rows = self._db.all(
            "SELECT owner_id, body FROM notes WHERE body IS NOT NULL"
            " AND owner_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(owner_ids)),),
        )
        return {owner_id: _decoder.decode(body) for owner_id, body in rows}

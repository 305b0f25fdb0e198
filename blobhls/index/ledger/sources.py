"""Probes, plans, seals and roots, by source and plan."""

from __future__ import annotations

from typing import Final

import msgspec

from blobhls.blob import BlobId
from blobhls.index.database import Database


class IFrameSeal(msgspec.Struct, frozen=True):
    """A rendition's I-frame playlist as a blob; it names no blob that the rendition does not."""

    blob_id: BlobId
    bandwidth: int  # bits a second at the peak
    average: int  # bits a second over all


class Seal(msgspec.Struct, frozen=True):
    """A rendition whose playlist is a blob, and its bit rates."""

    blob_id: BlobId
    bandwidth: int  # bits a second at the peak
    average: int  # bits a second over all
    parts: tuple[BlobId, ...]  # every blob that the playlist names
    iframes: IFrameSeal | None = None  # None: not a video, or its key frames are unknown


class Root(msgspec.Struct, frozen=True):
    """A master playlist blob."""

    blob_id: BlobId
    renditions: tuple[str, ...]
    sealed_at: float  # seconds since the epoch
    withdrawn: str | None  # why it can't be served any more


_encoder: Final = msgspec.json.Encoder(enc_hook=str)
_seal: Final = msgspec.json.Decoder(Seal, dec_hook=lambda kind, value: kind(value))
_name_list: Final = msgspec.json.Decoder(tuple[str, ...])


class SourceIndex:
    """The tables `sources`, `plans`, `seals` and `roots`. Bodies are opaque bytes here."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, source_id: str, probe: bytes, plan_id: str, plan: bytes) -> None:
        """Store a probe and the plan made from it; an existing plan of the source stays."""
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO sources (source_id, probe) VALUES (?, ?)",
                (source_id, probe),
            )
            connection.execute(
                "INSERT OR IGNORE INTO plans (source_id, plan_id, body) VALUES (?, ?, ?)",
                (source_id, plan_id, plan),
            )

    def renew(self, source_id: str, probe: bytes) -> None:
        """Replace the probe of a source; its plan stays."""
        self._db.run("UPDATE sources SET probe = ? WHERE source_id = ?", (probe, source_id))

    def probe(self, source_id: str) -> bytes | None:
        """Return an encoded probe."""
        found = self._db.one("SELECT probe FROM sources WHERE source_id = ?", (source_id,))
        return None if found is None else found[0]

    def plan(self, source_id: str) -> tuple[str, bytes] | None:
        """Return the id and the encoding of a source's plan."""
        found = self._db.one("SELECT plan_id, body FROM plans WHERE source_id = ?", (source_id,))
        return None if found is None else (found[0], found[1])

    def seal(self, plan_id: str, rendition: str, seal: Seal) -> None:
        """Store the seal of a rendition."""
        self._db.run(
            "INSERT OR REPLACE INTO seals (plan_id, rendition, body) VALUES (?, ?, ?)",
            (plan_id, rendition, _encoder.encode(seal)),
        )

    def seals(self, plan_id: str) -> dict[str, Seal]:
        """Return the sealed renditions of a plan by name."""
        rows = self._db.all("SELECT rendition, body FROM seals WHERE plan_id = ?", (plan_id,))
        return {name: _seal.decode(body) for name, body in rows}

    def add_root(self, plan_id: str, root: Root) -> None:
        """Add a master playlist; a known one becomes the newest."""
        self._db.run(
            # Later than the previous one, even if the clock was set back.
            "INSERT OR REPLACE INTO roots (plan_id, blob_id, renditions, sealed_at) SELECT ?, ?, "
            "?, max(?, coalesce(max(sealed_at) + 1e-6, 0)) FROM roots WHERE plan_id = ?",
            (
                *(plan_id, root.blob_id, _encoder.encode(root.renditions).decode()),
                *(root.sealed_at, plan_id),
            ),
        )

    def roots(self, plan_id: str) -> list[Root]:
        """Return every root of a plan, newest first."""
        rows = self._db.all(
            "SELECT blob_id, renditions, sealed_at, withdrawn FROM roots WHERE plan_id = ? "
            "ORDER BY sealed_at DESC",
            (plan_id,),
        )
        return [
            Root(BlobId(blob_id), _name_list.decode(names), sealed_at, withdrawn)
            for blob_id, names, sealed_at, withdrawn in rows
        ]

    def quarantine(self, blob_id: BlobId, reason: str) -> None:
        """Delete every seal and withdraw every root that needs a blob which is lost for good."""
        with self._db.transaction() as connection:
            # A search for the hash in the JSON: decoding every seal would take seconds.
            rows = connection.execute(
                "SELECT plan_id, rendition FROM seals WHERE instr(body, ?)", (blob_id.encode(),)
            ).fetchall()
            for plan_id, rendition in rows:
                connection.execute(
                    "DELETE FROM seals WHERE plan_id = ? AND rendition = ?", (plan_id, rendition)
                )
                connection.execute(
                    "UPDATE roots SET withdrawn = ? WHERE plan_id = ? AND EXISTS "
                    "(SELECT 1 FROM json_each(renditions) WHERE value = ?)",
                    (reason, plan_id, rendition),
                )
            connection.execute(
                "UPDATE roots SET withdrawn = ? WHERE blob_id = ?", (reason, blob_id)
            )

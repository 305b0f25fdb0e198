"""Owners of uploaded blobs, their usage, reports, and blocked hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.index.database import Database

ANONYMOUS: Final = ""
"""The owner of blobs that were uploaded without a token."""

OPERATOR: Final = "operator"
"""The owner of blobs that the operator pulled; no key of a token can equal it."""

_BATCH: Final = 200  # rows a query


class Upload(msgspec.Struct, frozen=True):
    """A blob, and when one owner uploaded it."""

    info: BlobInfo
    uploaded_at: int  # seconds since the epoch


class Usage(msgspec.Struct, frozen=True):
    """What one owner has, or all owners together; a blob of two owners counts twice."""

    blobs: int = 0
    bytes: int = 0


class Report(msgspec.Struct, frozen=True):
    """A signed report of one blob (NIP-56)."""

    event_id: str
    blob_id: str
    pubkey: str
    kind: str
    content: str
    reported_at: int  # seconds since the epoch


class Span(msgspec.Struct, frozen=True):
    """A page of an owner's list."""

    limit: int
    cursor: BlobId | None = None  # the last blob of the previous page
    since: int = 0  # seconds since the epoch, both ends included
    until: int = 1 << 62


class UploadIndex:
    """The tables `owners`, `usage`, `facts`, `reports` and `blocked`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def own(self, blob_id: BlobId, pubkey: str, now: int) -> int:
        """Make a key an owner, once; returns when that was, in seconds since the epoch."""
        self._db.run(
            "INSERT OR IGNORE INTO owners (pubkey, blob_id, uploaded_at, size) "
            "SELECT ?, blob_id, ?, size FROM blobs WHERE blob_id = ?",
            (pubkey, now, blob_id),
        )
        found = self.owned_since(blob_id, pubkey)
        return now if found is None else found

    def disown(self, blob_id: BlobId, pubkey: str) -> bool:
        """End a key's ownership; False if there was none."""
        changed = self._db.run(
            "DELETE FROM owners WHERE pubkey = ? AND blob_id = ?", (pubkey, blob_id)
        )
        return changed > 0

    def owned_since(self, blob_id: BlobId, pubkey: str) -> int | None:
        """Return when a key uploaded a blob; None if it is no owner."""
        found = self._db.one(
            "SELECT uploaded_at FROM owners WHERE pubkey = ? AND blob_id = ?", (pubkey, blob_id)
        )
        return None if found is None else found[0]

    def has_owner(self, blob_id: BlobId) -> bool:
        """Tell whether a blob has an owner."""
        return self._db.one("SELECT 1 FROM owners WHERE blob_id = ?", (blob_id,)) is not None

    def usage(self, pubkey: str | None) -> Usage:
        """Return what an owner has; None: all owners together."""
        key = "*" if pubkey is None else pubkey
        found = self._db.one("SELECT blobs, bytes FROM usage WHERE pubkey = ?", (key,))
        return Usage() if found is None else Usage(*found)

    def page(self, pubkey: str, span: Span) -> list[Upload] | None:
        """Return an owner's blobs, newest first; None if the cursor is not a blob of theirs."""
        mark: tuple[int, str] = (1 << 62, "")
        if span.cursor is not None:
            at = self.owned_since(span.cursor, pubkey)
            if at is None:
                return None
            mark = (at, span.cursor)
        rows = self._db.all(
            """
            SELECT blob_id, blobs.size, media_type, uploaded_at
            FROM owners JOIN blobs USING (blob_id)
            WHERE pubkey = ? AND uploaded_at BETWEEN ? AND ?
                AND uploaded_at <= ? AND (uploaded_at < ? OR blob_id > ?)
                AND blob_id NOT IN (SELECT blob_id FROM blocked)
            ORDER BY uploaded_at DESC, blob_id LIMIT ?
            """,
            (pubkey, span.since, span.until, mark[0], *mark, span.limit),
        )
        return [Upload(BlobInfo(BlobId(row[0]), row[1], row[2]), row[3]) for row in rows]

    def expirable(self, before: float) -> Iterator[tuple[BlobInfo, float]]:
        """Yield the blobs last used before a time that may expire, and when that was, oldest first.

        The caller may remove the blobs meanwhile.
        """
        mark: tuple[float, str] = (-1.0, "")
        while True:
            rows = self._db.all(
                """
                SELECT used_at, blob_id, size, media_type FROM blobs
                WHERE made = 0 AND present = 1 AND used_at < ? AND (used_at, blob_id) > (?, ?)
                    AND blob_id NOT IN (SELECT blob_id FROM owners WHERE pubkey = ?)
                ORDER BY used_at, blob_id LIMIT ?
                """,
                (before, *mark, OPERATOR, _BATCH),
            )
            for used_at, blob_id, size, media_type in rows:
                mark = (used_at, blob_id)
                yield BlobInfo(BlobId(blob_id), size, media_type), used_at
            if len(rows) < _BATCH:
                return

    def may_expire(self, blob_id: BlobId) -> bool:
        """Tell whether a blob may expire: it was uploaded, and not pulled by the operator."""
        return (
            self._db.one("SELECT 1 FROM blobs WHERE blob_id = ? AND made = 0", (blob_id,))
            is not None
            and self.owned_since(blob_id, OPERATOR) is None
        )

    def used_at(self, blob_id: BlobId) -> float | None:
        """Return when a blob was last used, in seconds since the epoch; None: not here."""
        found = self._db.one("SELECT used_at FROM blobs WHERE blob_id = ?", (blob_id,))
        return None if found is None else found[0]

    def set_facts(self, blob_id: BlobId, body: bytes) -> None:
        """Store facts about a blob's content; opaque here."""
        self._db.run("INSERT OR REPLACE INTO facts (blob_id, body) VALUES (?, ?)", (blob_id, body))

    def facts(self, blob_ids: Sequence[BlobId]) -> dict[str, bytes]:
        """Return the stored facts of blobs, by blob_id; blobs without facts are left out."""
        if not blob_ids:
            return {}
        marks = ",".join("?" * len(blob_ids))
        sql = f"SELECT blob_id, body FROM facts WHERE blob_id IN ({marks})"  # noqa: S608 - marks alone
        return dict(self._db.all(sql, blob_ids))

    def report(self, report: Report) -> None:
        """Store a report; the same one again changes nothing."""
        self._db.run(
            "INSERT OR IGNORE INTO reports VALUES (?, ?, ?, ?, ?, ?)",
            msgspec.structs.astuple(report),
        )

    def reports(self) -> list[Report]:
        """Return every report, newest first."""
        rows = self._db.all("SELECT * FROM reports ORDER BY reported_at DESC, event_id, blob_id")
        return [Report(*row) for row in rows]

    def block(self, blob_id: str, reason: str, now: int) -> None:
        """Block a hash, whether its bytes are here or not."""
        self._db.run(
            "INSERT OR IGNORE INTO blocked (blob_id, reason, blocked_at) VALUES (?, ?, ?)",
            (blob_id, reason, now),
        )

    def unblock(self, blob_id: str) -> bool:
        """Unblock a hash; False if it was not blocked."""
        return self._db.run("DELETE FROM blocked WHERE blob_id = ?", (blob_id,)) > 0

    def blocked(self) -> dict[str, str]:
        """Return every blocked hash and why."""
        return dict(self._db.all("SELECT blob_id, reason FROM blocked"))

"""Blobs, recipes, bindings and proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from blobhls import recipe as recipes
from blobhls.blob import BlobId, BlobInfo
from blobhls.index.database import Database
from blobhls.index.ledger.iframes import IFrameIndex
from blobhls.recipe import Recipe, RecipeId

_BATCH: Final = 200  # rows a query

STORED: Final = (
    "SELECT coalesce(sum(size * pinned), 0), coalesce(sum(size), 0) FROM blobs WHERE present = 1"
)
"""SQL: pinned bytes and all bytes. It reads an SQL index alone, even of a million segments."""


class BlobRow(msgspec.Struct, frozen=True):
    """A blob and the state of its bytes."""

    info: BlobInfo
    present: bool  # the store has its bytes
    pinned: bool  # they must stay
    made: bool = True  # rendered by this server; else uploaded or fetched


class BlobIndex:
    """The tables `blobs`, `recipes`, `bindings` and `proofs`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.iframes = IFrameIndex(db)

    def row(self, blob_id: BlobId) -> BlobRow | None:
        """Return what is known of a blob."""
        found = self._db.one(
            "SELECT size, media_type, present, pinned, made FROM blobs WHERE blob_id = ?",
            (blob_id,),
        )
        if found is None:
            return None
        size, media_type, *states = found
        return BlobRow(BlobInfo(blob_id, size, media_type), *map(bool, states))

    def add(self, info: BlobInfo, *, pinned: bool, now: float, made: bool = True) -> None:
        """Add a blob whose bytes the store has.

        Once set, `pinned` and `made` stay set. The media type is that of the first upload until
        the blob is rendered here: no client can declare our segments to be HTML.
        """
        self._db.run(
            """
            INSERT INTO blobs (blob_id, size, media_type, present, pinned, used_at, made)
            VALUES (?, ?, ?, 1, ?, ?, ?)
            ON CONFLICT (blob_id) DO UPDATE SET
                present = 1, pinned = max(pinned, excluded.pinned), used_at = excluded.used_at,
                media_type = iif(excluded.made > made, excluded.media_type, media_type),
                made = max(made, excluded.made)
            """,
            (info.blob_id, info.size, info.media_type, pinned, now, made),
        )

    def bind(
        self, recipe: Recipe, engine: str, info: BlobInfo, *, pinned: bool, now: float
    ) -> BlobInfo:
        """Add a blob and bind a recipe to it on this engine, in one transaction.

        Returns the blob that the recipe is bound to. A recipe that is bound already keeps its
        blob; a different `info` is not added.
        """
        recipe_id = recipe.recipe_id
        with self._db.transaction() as connection:
            bound = self.bound(recipe_id, engine)
            if bound is not None and bound.blob_id != info.blob_id:
                return bound
            connection.execute(
                """
                INSERT INTO recipes (recipe_id, source_id, profile, body) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET quarantined = NULL
                """,
                (recipe_id, recipe.source_id, recipe.profile, recipes.encode(recipe)),
            )
            self.add(info, pinned=pinned, now=now)
            connection.execute(
                "INSERT OR IGNORE INTO bindings (recipe_id, engine, blob_id) VALUES (?, ?, ?)",
                (recipe_id, engine, info.blob_id),
            )
        return info

    def bound(self, recipe_id: RecipeId, engine: str) -> BlobInfo | None:
        """Return the blob that a recipe is bound to on this engine."""
        found = self._db.one(
            """
            SELECT blob_id, size, media_type FROM bindings JOIN blobs USING (blob_id)
            WHERE recipe_id = ? AND engine = ?
            """,
            (recipe_id, engine),
        )
        return None if found is None else BlobInfo(BlobId(found[0]), found[1], found[2])

    def recipe_of(self, blob_id: BlobId, engine: str) -> Recipe | None:
        """Return a recipe that is bound to this blob on this engine."""
        found = self._db.one(
            """
            SELECT body FROM bindings JOIN recipes USING (recipe_id)
            WHERE blob_id = ? AND engine = ? LIMIT 1
            """,
            (blob_id, engine),
        )
        return None if found is None else recipes.decode(found[0])

    def is_bound(self, blob_id: BlobId) -> bool:
        """Tell whether any recipe is bound to this blob, on any engine."""
        return self._db.one("SELECT 1 FROM bindings WHERE blob_id = ?", (blob_id,)) is not None

    def quarantine(self, recipe_id: RecipeId, profile: str, engine: str, reason: str) -> None:
        """Unbind a recipe that made other bytes, and note that its profile does not repeat."""
        with self._db.transaction() as connection:
            connection.execute(
                "UPDATE recipes SET quarantined = ? WHERE recipe_id = ?", (reason, recipe_id)
            )
            connection.execute(
                "DELETE FROM bindings WHERE recipe_id = ? AND engine = ?", (recipe_id, engine)
            )
            self.prove(profile, engine, proven=False)

    def set_type(self, blob_id: BlobId, media_type: str) -> None:
        """Correct the type of an uploaded blob; a rendered blob keeps its own."""
        self._db.run(
            "UPDATE blobs SET media_type = ? WHERE blob_id = ? AND made = 0", (media_type, blob_id)
        )

    def set_absent(self, blob_id: BlobId) -> None:
        """Note that the store does not have the bytes, or is about to lose them."""
        self._db.run("UPDATE blobs SET present = 0 WHERE blob_id = ?", (blob_id,))

    def delete(self, blob_id: BlobId) -> None:
        """Delete the row of a blob and what is bound to it."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM bindings WHERE blob_id = ?", (blob_id,))
            connection.execute("DELETE FROM blobs WHERE blob_id = ?", (blob_id,))

    def touch(self, used: Mapping[BlobId, float]) -> None:
        """Note when blobs were last used, seconds since the epoch."""
        with self._db.transaction() as connection:
            connection.executemany(
                "UPDATE blobs SET used_at = max(used_at, ?) WHERE blob_id = ?",
                [(at, blob_id) for blob_id, at in used.items()],
            )

    def stored_bytes(self) -> int:
        """Return how many bytes the store holds."""
        return sum(self.stored_by_pin())

    def stored_by_pin(self) -> tuple[int, int]:
        """Return how many bytes of the store are pinned, and how many are evictable."""
        pinned, every = self._db.all(STORED)[0]
        return pinned, every - pinned

    def least_used(self, before: float) -> Iterator[BlobInfo]:
        """Yield present blobs that are not pinned, last used before a time, oldest first.

        The caller may evict the blobs meanwhile; no blob is yielded twice.
        """
        mark: tuple[float, str] = (-1.0, "")
        while True:
            rows = self._db.all(
                """
                SELECT used_at, blob_id, size, media_type FROM blobs
                WHERE present = 1 AND pinned = 0 AND used_at < ? AND (used_at, blob_id) > (?, ?)
                ORDER BY used_at, blob_id LIMIT ?
                """,
                (before, *mark, _BATCH),
            )
            for used_at, blob_id, size, media_type in rows:
                mark = (used_at, blob_id)
                yield BlobInfo(BlobId(blob_id), size, media_type)
            if len(rows) < _BATCH:
                return

    def present(self) -> Iterator[BlobRow]:
        """Yield every blob whose bytes the store should have."""
        mark = ""
        while True:
            rows = self._db.all(
                "SELECT blob_id, size, media_type, present, pinned, made FROM blobs "
                "WHERE present = 1 AND blob_id > ? ORDER BY blob_id LIMIT ?",
                (mark, _BATCH),
            )
            for mark, size, media_type, *states in rows:
                yield BlobRow(BlobInfo(BlobId(mark), size, media_type), *map(bool, states))
            if len(rows) < _BATCH:
                return

    def proof(self, profile: str, engine: str) -> bool | None:
        """Tell whether an encoding profile repeats on this engine; None: never tried."""
        found = self._db.one(
            "SELECT proven FROM proofs WHERE profile = ? AND engine = ?", (profile, engine)
        )
        return None if found is None else bool(found[0])

    def prove(self, profile: str, engine: str, *, proven: bool) -> None:
        """Store the result of a canary. A failure is never overwritten by a success."""
        self._db.run(
            """
            INSERT INTO proofs (profile, engine, proven) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET proven = min(proven, excluded.proven)
            """,
            (profile, engine, proven),
        )

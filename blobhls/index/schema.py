"""Every table, as migrations in the order they came. Never edit one that was released: add."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils

from blobhls.index.added_schema import added
from blobhls.index.beside_schema import beside
from blobhls.index.catalogue_schema import catalogue, history
from blobhls.index.database import Migration
from blobhls.index.history_schema import changes, previews, profiles, sessions
from blobhls.index.iframes import iframes
from blobhls.index.looks_schema import second_looks
from blobhls.index.mounts_schema import mounts
from blobhls.index.pictures_schema import better_pictures
from blobhls.index.profiles_schema import second_profiles, second_sounds
from blobhls.index.revision_schema import revision
from blobhls.index.stored_schema import stored
from blobhls.index.uploads_schema import uploads


def _blobs(db: SqliteUtils) -> None:
    db.execute("""
        CREATE TABLE blobs (
            blob_id TEXT PRIMARY KEY,
            size INTEGER NOT NULL,
            media_type TEXT NOT NULL,
            present INTEGER NOT NULL,  -- 1: the store has the bytes
            pinned INTEGER NOT NULL,   -- 1: the bytes must stay
            used_at REAL NOT NULL      -- seconds since the epoch, for eviction
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX blobs_by_use ON blobs (used_at) WHERE present = 1 AND pinned = 0")
    db.execute("""
        CREATE TABLE recipes (
            recipe_id TEXT PRIMARY KEY,
            source_id TEXT NOT NULL,
            profile TEXT NOT NULL,
            body BLOB NOT NULL,
            quarantined TEXT           -- why its bytes are not trusted any more
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX recipes_by_source ON recipes (source_id)")
    db.execute("""
        CREATE TABLE bindings (
            recipe_id TEXT NOT NULL REFERENCES recipes,
            engine TEXT NOT NULL,
            blob_id TEXT NOT NULL REFERENCES blobs,
            PRIMARY KEY (recipe_id, engine)
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX bindings_by_blob ON bindings (blob_id)")
    db.execute("""
        CREATE TABLE proofs (
            profile TEXT NOT NULL,
            engine TEXT NOT NULL,
            proven INTEGER NOT NULL,   -- 0: the canary found two different hashes
            PRIMARY KEY (profile, engine)
        ) WITHOUT ROWID
    """)


def _sources(db: SqliteUtils) -> None:
    db.execute("""
        CREATE TABLE sources (
            source_id TEXT PRIMARY KEY,
            probe BLOB,
            problem TEXT               -- why it can't be played
        ) WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE plans (
            source_id TEXT PRIMARY KEY,
            plan_id TEXT NOT NULL,
            body BLOB NOT NULL
        ) WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE seals (
            plan_id TEXT NOT NULL,
            rendition TEXT NOT NULL,
            body BLOB NOT NULL,        -- playlist blob and what was measured
            PRIMARY KEY (plan_id, rendition)
        ) WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE roots (
            plan_id TEXT NOT NULL,
            blob_id TEXT NOT NULL,
            renditions TEXT NOT NULL,  -- JSON list of names
            sealed_at REAL NOT NULL,
            withdrawn TEXT,            -- why it can't be served any more
            PRIMARY KEY (plan_id, blob_id)
        ) WITHOUT ROWID
    """)


MIGRATIONS: tuple[Migration, ...] = (
    _blobs, _sources, catalogue, history, uploads, beside, profiles, previews, changes, sessions,
    iframes, added, stored, second_profiles, revision, second_sounds,
    better_pictures, mounts, second_looks,
)  # fmt: skip

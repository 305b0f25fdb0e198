"""Migration 6: versions, parts and extras, NFO files and subtitle files."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def sidecar_files(db: SqliteUtils) -> None:
    """Add versions, parts and extras of titles, and the tables of NFO and subtitle files."""
    for column in (
        "aired TEXT",  # 2019-12-20
        "main_id TEXT",  # video that stands for it, as version or later part; NULL: itself
        "version TEXT NOT NULL DEFAULT ''",
        "edition TEXT NOT NULL DEFAULT ''",
        "part INTEGER",
        "extra TEXT",  # trailer, interview, …: none of the show's episodes
        "show_ids TEXT NOT NULL DEFAULT ''",  # imdb=tt0113277 tmdb=949
    ):
        db.execute(f"ALTER TABLE files ADD COLUMN {column}")
    db.execute("ALTER TABLE shows ADD COLUMN ids TEXT NOT NULL DEFAULT ''")
    db.execute("""
        CREATE TABLE notes (
            owner_id TEXT PRIMARY KEY, -- show or video
            show_id TEXT NOT NULL,
            path BLOB NOT NULL,
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            title TEXT,                -- takes the place of what the name says
            body BLOB,                 -- JSON; NULL: not read, or nothing to be read in it
            settled INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX notes_open ON notes (owner_id) WHERE settled = 0")
    db.execute("""
        CREATE TABLE texts (
            path BLOB PRIMARY KEY,
            video_id TEXT NOT NULL,
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            language TEXT,
            title TEXT,
            forced INTEGER NOT NULL,
            hearing_impaired INTEGER NOT NULL,
            is_default INTEGER NOT NULL,
            source_id TEXT,            -- its own fingerprint; NULL: not looked into yet
            body BLOB,                 -- JSON: how to read it
            problem TEXT               -- why it is not offered
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX texts_by_video ON texts (video_id)")
    db.execute("CREATE INDEX texts_by_source ON texts (source_id) WHERE source_id IS NOT NULL")
    db.execute("DROP VIEW videos")
    db.execute("""
        CREATE VIEW videos AS
        SELECT f.video_id, f.show_id, f.kind, coalesce(s.title, f.show_title) AS show_title,
            f.path, f.size, f.mtime_ns, coalesce(n.title, f.title) AS title,
            f.season, f.episode, f.episode_to, f.sort_key, f.source_id, f.duration,
            a.blob_id AS thumbnail,
            f.aired, f.main_id, f.version, f.edition, f.part, f.extra
        FROM files f
        LEFT JOIN artwork a ON a.owner_id = f.video_id AND a.kind = 'thumbnail'
        LEFT JOIN notes n ON n.owner_id = f.video_id
        LEFT JOIN notes s ON s.owner_id = f.show_id
        WHERE f.problem IS NULL
    """)

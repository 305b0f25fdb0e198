"""Migration 3: the catalogue: files, shows, search and artwork."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def catalogue(db: SqliteUtils) -> None:
    """Create the tables of the catalogue; `shows` and `show_search` are derived from `files`."""
    db.execute("""
        CREATE TABLE files (
            path BLOB PRIMARY KEY,     -- relative, as the file system spells it; maybe not UTF-8
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            video_id TEXT NOT NULL UNIQUE,
            show_id TEXT NOT NULL,
            kind TEXT NOT NULL,        -- of the show: movie, series
            show_title TEXT NOT NULL,
            show_year INTEGER,
            title TEXT NOT NULL,
            season INTEGER,            -- 0: specials
            episode INTEGER,
            episode_to INTEGER,        -- last one, where a file holds several
            sort_key TEXT NOT NULL,
            source_id TEXT,            -- NULL: not probed yet
            duration REAL,             -- seconds
            problem TEXT               -- why it can't be played; then it is not listed
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX files_by_show ON files (show_id)")
    db.execute("CREATE INDEX files_by_source ON files (source_id) WHERE source_id IS NOT NULL")
    db.execute(
        "CREATE INDEX files_unprobed ON files (path) WHERE source_id IS NULL AND problem IS NULL"
    )
    db.execute("""
        CREATE TABLE shows (
            number INTEGER PRIMARY KEY,  -- rowid of `show_search`
            show_id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            title TEXT NOT NULL,
            year INTEGER,
            sort_key TEXT NOT NULL
        )
    """)
    db.execute("CREATE INDEX shows_sorted ON shows (sort_key, year, show_id)")
    db.execute("""
        CREATE VIRTUAL TABLE show_search USING fts5 (
            title, year, episodes, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
        )
    """)
    db.execute("""
        CREATE TABLE artwork (
            owner_id TEXT NOT NULL,    -- show or video
            kind TEXT NOT NULL,        -- thumbnail, banner
            show_id TEXT NOT NULL,
            path BLOB NOT NULL,        -- picture file, or the video to take a frame of
            is_frame INTEGER NOT NULL,
            size INTEGER NOT NULL,     -- of the file at `path`, to see that it changed
            mtime_ns INTEGER NOT NULL,
            blob_id TEXT,
            settled INTEGER NOT NULL DEFAULT 0,  -- 1 without blob_id: it could not be made
            PRIMARY KEY (owner_id, kind)
        ) WITHOUT ROWID
    """)
    db.execute("CREATE INDEX artwork_by_show ON artwork (show_id)")
    db.execute("CREATE INDEX artwork_open ON artwork (is_frame, owner_id) WHERE settled = 0")
    db.execute("""
        CREATE VIEW videos AS
        SELECT f.video_id, f.show_id, f.kind, f.show_title, f.path, f.size, f.mtime_ns, f.title,
            f.season, f.episode, f.episode_to, f.sort_key, f.source_id, f.duration,
            a.blob_id AS thumbnail
        FROM files f LEFT JOIN artwork a ON a.owner_id = f.video_id AND a.kind = 'thumbnail'
        WHERE f.problem IS NULL
    """)
    db.execute("""
        CREATE TABLE scan_problems (
            path BLOB PRIMARY KEY,     -- relative; empty for the library itself
            reason TEXT NOT NULL
        ) WITHOUT ROWID
    """)

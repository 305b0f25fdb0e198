"""Keeping shows, search and artwork in step with `files`. Every function runs in a transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from blobhls.index.catalogue.rows import (
    VIDEO_ORDER,
    Found,
    SeenArtwork,
    SeenNfo,
    SeenVideo,
    StillTask,
)
from blobhls.index.catalogue.search import indexed
from blobhls.names.nfo import Details
from blobhls.names.titles import sort_title

# A file of another size or time has other content: what was found out about it is deleted.
_UPSERT_FILE: Final = """
    INSERT INTO files (
        path, size, mtime_ns, video_id, show_id, kind, show_title, show_year,
        title, season, episode, episode_to, sort_key, aired, main_id, version, edition, part, extra,
        show_ids, added_at
    ) VALUES (
        :path, :size, :mtime_ns, :video_id, :show_id, :kind, :show_title, :show_year,
        :title, :season, :episode, :episode_to, :sort_key, :aired, :main_id, :version, :edition,
        :part, :extra, :show_ids, :added_at
    )
    ON CONFLICT (path) DO UPDATE SET
        video_id = excluded.video_id, show_id = excluded.show_id, kind = excluded.kind,
        show_title = excluded.show_title, show_year = excluded.show_year,
        title = excluded.title, season = excluded.season, episode = excluded.episode,
        episode_to = excluded.episode_to, sort_key = excluded.sort_key,
        aired = excluded.aired, main_id = excluded.main_id, version = excluded.version,
        edition = excluded.edition, part = excluded.part, extra = excluded.extra,
        show_ids = excluded.show_ids,
        source_id = iif(size = excluded.size AND mtime_ns = excluded.mtime_ns, source_id, NULL),
        duration = iif(size = excluded.size AND mtime_ns = excluded.mtime_ns, duration, NULL),
        problem = iif(size = excluded.size AND mtime_ns = excluded.mtime_ns, problem, NULL),
        size = excluded.size, mtime_ns = excluded.mtime_ns
"""

_LISTED: Final = f"""
    SELECT f.kind, f.show_title, f.show_year, coalesce(n.title, f.title), f.path, f.size,
        f.mtime_ns, f.show_ids, f.added_at
    FROM files f LEFT JOIN notes n ON n.owner_id = f.video_id
    WHERE f.show_id = ? AND f.problem IS NULL AND f.extra IS NULL
    ORDER BY {VIDEO_ORDER}
"""  # noqa: S608 - ours

# The blob stays as long as its file is unchanged.
_UPSERT_ARTWORK: Final = """
    INSERT INTO artwork (owner_id, kind, show_id, path, is_frame, size, mtime_ns)
    VALUES (:owner_id, :kind, :show_id, :path, :is_frame, :size, :mtime_ns)
    ON CONFLICT (owner_id, kind) DO UPDATE SET
        show_id = excluded.show_id, path = excluded.path, is_frame = excluded.is_frame,
        size = excluded.size, mtime_ns = excluded.mtime_ns, blob_id = NULL, settled = 0
    WHERE (artwork.path, artwork.is_frame, artwork.size, artwork.mtime_ns)
        IS NOT (excluded.path, excluded.is_frame, excluded.size, excluded.mtime_ns)
"""


def remove_files(connection: sqlite3.Connection, paths: Iterable[str]) -> set[str]:
    """Delete files; return the shows that they were in."""
    touched: set[str] = set()
    for path in paths:
        rows = connection.execute(
            "DELETE FROM files WHERE path = ? RETURNING show_id, video_id", (os.fsencode(path),)
        ).fetchall()
        touched.update(show_id for show_id, _ in rows)
        connection.executemany(
            "DELETE FROM artwork WHERE show_id = ? AND owner_id = ? AND is_frame = 1", rows
        )
    return touched


def write_files(
    connection: sqlite3.Connection, videos: Iterable[SeenVideo], now: int, *, first: bool
) -> set[str]:
    """Insert or update files; return the shows that they were in and are in.

    New files are listed as added `now`, in seconds since the epoch; in the `first` scan, at their
    modification time.
    """
    touched: set[str] = set()
    for video in videos:
        row = msgspec.structs.asdict(video)
        row["path"] = os.fsencode(video.path)
        row["added_at"] = min(now, video.mtime_ns // 10**9) if first else now
        before = connection.execute("SELECT show_id FROM files WHERE path = ?", (row["path"],))
        touched.update(show_id for (show_id,) in before)
        connection.execute(_UPSERT_FILE, row)
        touched.add(video.show_id)
    return touched


def refresh_shows(connection: sqlite3.Connection, show_ids: Iterable[str]) -> None:
    """Update shows, their search entries and their default artwork from `files`."""
    for show_id in show_ids:
        listed = connection.execute(_LISTED, (show_id,)).fetchall()
        if listed:
            _write_show(connection, show_id, listed)
            _default_artwork(connection, show_id, "thumbnail", listed[0])
            _default_artwork(connection, show_id, "banner", listed[0])
        else:
            _remove_show(connection, show_id)


def _write_show(
    connection: sqlite3.Connection, show_id: str, listed: list[tuple[Any, ...]]
) -> None:
    kind, title, year = listed[0][:3]
    note = _note(connection, show_id)
    title, year = note.title or title, year if note.year is None else note.year
    ids = " ".join(sorted({*(f"{k}={v}" for k, v in note.ids.items()), *listed[0][7].split()}))
    episodes = "\n".join(dict.fromkeys(row[3] for row in listed)) if kind == "series" else ""
    words = title if note.original_title in {"", title} else f"{title}\n{note.original_title}"
    ((number,),) = connection.execute(
        """
        INSERT INTO shows (show_id, kind, title, year, sort_key, ids, added_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (show_id) DO UPDATE SET kind = excluded.kind, title = excluded.title,
            year = excluded.year, sort_key = excluded.sort_key, ids = excluded.ids,
            added_at = excluded.added_at
        RETURNING number
        """,
        (show_id, kind, title, year, sort_title(title), ids, max(row[8] for row in listed)),
    ).fetchall()
    connection.execute(
        "INSERT OR REPLACE INTO show_search (rowid, title, year, episodes) VALUES (?, ?, ?, ?)",
        (number, indexed(words), "" if year is None else str(year), indexed(episodes)),
    )


def _note(connection: sqlite3.Connection, show_id: str) -> Details:
    """Return the content of a show's NFO file; empty without one."""
    rows = connection.execute(
        "SELECT body FROM notes WHERE owner_id = ? AND body IS NOT NULL", (show_id,)
    ).fetchall()
    return msgspec.json.decode(rows[0][0], type=Details) if rows else Details()


def _remove_show(connection: sqlite3.Connection, show_id: str) -> None:
    removed = connection.execute(
        "DELETE FROM shows WHERE show_id = ? RETURNING number", (show_id,)
    ).fetchall()
    connection.executemany("DELETE FROM show_search WHERE rowid = ?", removed)
    connection.execute("DELETE FROM artwork WHERE show_id = ?", (show_id,))
    connection.execute("DELETE FROM notes WHERE show_id = ?", (show_id,))


def _default_artwork(
    connection: sqlite3.Connection, show_id: str, kind: str, first: tuple[Any, ...]
) -> None:
    """Make a frame of the first video the show's artwork, unless it has an artwork file."""
    own = connection.execute(
        "SELECT 1 FROM artwork WHERE owner_id = ? AND kind = ? AND is_frame = 0", (show_id, kind)
    ).fetchone()
    if own is None:
        row = {"owner_id": show_id, "kind": kind, "show_id": show_id, "is_frame": 1}
        path, size, mtime_ns = first[4:7]
        connection.execute(
            _UPSERT_ARTWORK, row | {"path": path, "size": size, "mtime_ns": mtime_ns}
        )


def write_frame(connection: sqlite3.Connection, task: StillTask) -> None:
    """Make a frame of its file a video's artwork; it is not rendered yet."""
    row = msgspec.structs.asdict(task)
    connection.execute(_UPSERT_ARTWORK, row | {"path": os.fsencode(task.path)})


def write_pictures(
    connection: sqlite3.Connection, pictures: Iterable[tuple[str, SeenArtwork]]
) -> None:
    """Insert or update artwork files, each with the show it belongs to."""
    rows = [
        msgspec.structs.asdict(picture)
        | {"path": os.fsencode(picture.path), "show_id": show_id, "is_frame": 0}
        for show_id, picture in pictures
    ]
    connection.executemany(_UPSERT_ARTWORK, rows)


def remove_pictures(connection: sqlite3.Connection, gone: Iterable[tuple[str, str]]) -> set[str]:
    """Delete artwork files by owner and kind; return the shows that need a frame instead."""
    touched: set[str] = set()
    for owner in gone:
        rows = connection.execute(
            "DELETE FROM artwork WHERE owner_id = ? AND kind = ? RETURNING show_id", owner
        ).fetchall()
        touched.update(show_id for (show_id,) in rows)
    return touched


def carry_over(connection: sqlite3.Connection, found: Mapping[str, Found]) -> None:
    """Give renamed files what was found out about them, by their new path."""
    connection.executemany(
        "UPDATE files SET source_id = ?, duration = ?, added_at = ?"
        " WHERE path = ? AND source_id IS NULL",
        [(*msgspec.structs.astuple(about), os.fsencode(path)) for path, about in found.items()],
    )


def write_notes(
    connection: sqlite3.Connection, gone: Iterable[str], notes: Iterable[tuple[str, SeenNfo]]
) -> set[str]:
    """Delete NFO files by owner, and insert or update others, each with its show.

    Returns the shows whose titles may have changed.
    """
    touched: set[str] = set()
    for owner_id in gone:
        rows = connection.execute(
            "DELETE FROM notes WHERE owner_id = ? RETURNING show_id", (owner_id,)
        ).fetchall()
        touched.update(show_id for (show_id,) in rows)
    for show_id, note in notes:
        connection.execute(
            "INSERT OR REPLACE INTO notes (owner_id, show_id, path, size, mtime_ns)"
            " VALUES (?, ?, ?, ?, ?)",
            (note.owner_id, show_id, os.fsencode(note.path), note.size, note.mtime_ns),
        )
        touched.add(show_id)
    return touched

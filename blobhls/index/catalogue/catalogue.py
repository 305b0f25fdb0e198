"""The catalogue: every video file, the shows they make up, and their artwork."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

from blobhls.blob import BlobId
from blobhls.errors import ShowUnknown, VideoUnknown
from blobhls.index.catalogue import writer as write
from blobhls.index.catalogue.nfo_files import NfoIndex
from blobhls.index.catalogue.rows import (
    VIDEO_ORDER,
    ArtworkIds,
    ArtworkTask,
    Counts,
    Problem,
    Show,
    ShowKind,
    StillTask,
    VideoRow,
)
from blobhls.index.catalogue.search import match_expression
from blobhls.index.catalogue.show_lists import SHOW, ShowList, ShowOrder
from blobhls.index.catalogue.show_rows import (
    FILE_COLUMNS,
    VIDEO_COLUMNS,
    as_show,
    as_video,
    owners_of,
    video_columns,
    with_sidecars,
)
from blobhls.index.catalogue.subtitle_files import SubtitleFiles
from blobhls.index.database import Database
from blobhls.names.file_kinds import ArtworkKind
from blobhls.names.titles import sort_title

# The view `videos` leaves out files with a problem.
_VIDEOS: Final = f"SELECT {VIDEO_COLUMNS} FROM videos"  # noqa: S608 - names of ours
_ONE: Final = f"{_VIDEOS} WHERE video_id = ?"
_SOME: Final = f"{_VIDEOS} WHERE video_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - as above
_UNPROBED: Final = f"{_VIDEOS} WHERE source_id IS NULL ORDER BY path LIMIT ?"
_OF_SOURCE: Final = f"{_VIDEOS} WHERE source_id = ? ORDER BY path"
# One query for the titles and artwork of all shows.
_FILES_OF_SHOWS: Final = f"""
    SELECT {FILE_COLUMNS} FROM files
    WHERE show_id IN (SELECT value FROM json_each(?)) AND problem IS NULL
    ORDER BY {VIDEO_ORDER}
"""  # noqa: S608 - ours
_ONE_SHOW: Final = f"SELECT {SHOW} FROM shows s WHERE show_id = ?"  # noqa: S608 - names of ours
_KINDS: Final = ", ".join(
    f"max(iif(kind = '{kind}', blob_id, NULL))" for kind in ArtworkIds.__struct_fields__
)
_ARTWORK: Final = f"""
    SELECT owner_id, {_KINDS}
    FROM artwork WHERE blob_id IS NOT NULL AND owner_id IN (SELECT value FROM json_each(?))
    GROUP BY owner_id
"""  # noqa: S608 - names of ours

_STILLS: Final = """
    SELECT f.video_id, f.show_id, f.path, f.size, f.mtime_ns
    FROM files f LEFT JOIN artwork a ON a.owner_id = f.video_id AND a.kind = 'thumbnail'
    WHERE f.source_id IS NOT NULL AND f.problem IS NULL AND f.main_id IS NULL
        AND f.video_id != f.show_id
        AND (a.owner_id IS NULL OR a.is_frame = 1
            AND (a.path, a.size, a.mtime_ns) IS NOT (f.path, f.size, f.mtime_ns))
        AND f.path > ?
    ORDER BY f.path LIMIT ?
"""


class Catalogue:
    """The library as the last scan and the surveys since found it. Any thread may use it.

    Paths are relative to the library, as `os.fsdecode` spells them. Files with a problem are kept,
    so that they are not probed again, but only `problems` lists them.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.nfo_files = NfoIndex(db)
        self.subtitle_files = SubtitleFiles(db)

    # Videos

    def video(self, video_id: str) -> VideoRow:
        """Return a video; raises `VideoUnknown`."""
        row = self._db.one(_ONE, (video_id,))
        if row is None:
            raise VideoUnknown(video_id)
        return as_video(row)

    def videos(self, video_ids: Iterable[str]) -> dict[str, VideoRow]:
        """Return the videos that exist, by id."""
        found = map(as_video, self._db.all(_SOME, (json.dumps(list(video_ids)),)))
        return {video.video_id: video for video in found}

    def unprobed(self, limit: int) -> list[VideoRow]:
        """Return up to `limit` videos without a source, by path."""
        return [as_video(row) for row in self._db.all(_UNPROBED, (limit,))]

    def bind_source(
        self, path: str, source_id: str, duration_seconds: float | None, mtime_ns: int | None = None
    ) -> None:
        """Store the source of a file and its duration.

        With `mtime_ns`, only if that is still the file's modification time. A file that is not in
        the catalogue is ignored.
        """
        self._db.run(
            "UPDATE files SET source_id = ?, duration = ?"
            " WHERE path = ? AND mtime_ns = coalesce(?, mtime_ns)",
            (source_id, duration_seconds, os.fsencode(path), mtime_ns),
        )

    def flag(self, path: str, reason: str, mtime_ns: int | None = None) -> None:
        """Flag a file that can't be played; no list has it until it changes.

        A show whose only video it was is removed. `mtime_ns` as in `bind_source`.
        """
        with self._db.transaction() as connection:
            touched = connection.execute(
                "UPDATE files SET problem = ? WHERE path = ? AND mtime_ns = coalesce(?, mtime_ns)"
                " RETURNING show_id",
                (reason, os.fsencode(path), mtime_ns),
            ).fetchall()
            write.refresh_shows(connection, [show_id for (show_id,) in touched])

    def renew(self, video: VideoRow, size: int, mtime_ns: int) -> None:
        """Note that a video's file has other content than at the last scan.

        Its source and duration are deleted. Nothing happens if the row is not `video` any more.
        """
        with self._db.transaction() as connection:
            touched = connection.execute(
                "UPDATE files SET size = ?, mtime_ns = ?, source_id = NULL, duration = NULL"
                " WHERE path = ? AND size = ? AND mtime_ns = ? RETURNING show_id",
                (size, mtime_ns, os.fsencode(video.path), video.size, video.mtime_ns),
            ).fetchall()
            write.refresh_shows(connection, [show_id for (show_id,) in touched])

    def videos_of_source(self, source_id: str) -> list[VideoRow]:
        """Return the videos whose file is a source now, by path; empty if it is gone."""
        return [as_video(row) for row in self._db.all(_OF_SOURCE, (source_id,))]

    def problems(self) -> list[Problem]:
        """Return problems by path: flagged files, subtitle files, errors of the last scan."""
        rows = self._db.all("""
            SELECT path, problem FROM files WHERE problem IS NOT NULL
            UNION SELECT path, problem FROM texts WHERE problem IS NOT NULL
            UNION SELECT path, reason FROM scan_problems ORDER BY 1, 2
        """)
        return [Problem(os.fsdecode(path), reason) for path, reason in rows]

    def counts(self) -> Counts:
        """Return the numbers of shows, videos and problems."""
        row = self._db.one("""
            SELECT
                (SELECT count(*) FROM shows WHERE kind = 'movie'),
                (SELECT count(*) FROM shows WHERE kind = 'series'),
                (SELECT count(*) FROM files WHERE problem IS NULL),
                (SELECT count(*) FROM files WHERE source_id IS NULL AND problem IS NULL),
                (SELECT count(*) FROM files WHERE problem IS NOT NULL)
                    + (SELECT count(*) FROM texts WHERE problem IS NOT NULL)
                    + (SELECT count(*) FROM scan_problems)
        """)
        assert row is not None  # noqa: S101 - a SELECT without FROM has exactly one row
        return Counts(*row)

    # Shows

    def shows(
        self,
        search: str = "",
        limit: int | None = None,
        offset: int = 0,
        *,
        kind: ShowKind | None = None,
        order: ShowOrder | None = None,
    ) -> tuple[list[Show], int]:
        """Return a page of shows, and how many there are in all.

        A show matches if each word of `search` begins a word of its title, year or an episode's
        title. The default order is by title, with `search` the best match first; among thousands
        of matches, titles that begin with `search` come first. A search without any word finds
        nothing. The order `added` is newest first.
        """
        expression = match_expression(search)
        if search.strip() and expression is None:
            return [], 0
        wanted = ShowList(expression, kind, order, sort_title(search))
        counted = self._db.one(*wanted.total())
        total = counted[0] if counted else 0
        rows = self._db.all(*wanted.page(total, limit, offset))
        return self._with_videos(rows), total

    def show(self, show_id: str) -> Show:
        """Return a show; raises `ShowUnknown`."""
        row = self._db.one(_ONE_SHOW, (show_id,))
        shows = [] if row is None else self._with_videos([row])
        if not shows:
            raise ShowUnknown(show_id)
        return shows[0]

    def _with_videos(self, rows: Sequence[tuple[Any, ...]]) -> list[Show]:
        wanted = [row[0] for row in rows]
        files = [video_columns(row) for row in self._db.all(_FILES_OF_SHOWS, (json.dumps(wanted),))]
        owners = owners_of(files)
        pictures, notes = self.artworks(owners), self.nfo_files.of(owners)
        videos: dict[str, list[VideoRow]] = {}
        for file in files:
            video = with_sidecars(file, pictures, notes)
            videos.setdefault(video.show_id, []).append(video)
        # A show may have lost its last video between the two queries.
        return [as_show(row, videos[row[0]], pictures, notes) for row in rows if row[0] in videos]

    # Artwork

    def artwork(self, owner_id: str) -> ArtworkIds:
        """Return the artwork of a show, season or video; all None for an unknown owner."""
        return self.artworks([owner_id]).get(owner_id, ArtworkIds())

    def artworks(self, owner_ids: Iterable[str]) -> dict[str, ArtworkIds]:
        """Return the artwork of several shows, seasons and videos, by owner."""
        rows = self._db.all(_ARTWORK, (json.dumps(list(owner_ids)),))
        return {owner_id: ArtworkIds(*map(_blob_id, blob_ids)) for owner_id, *blob_ids in rows}

    def artwork_todo(self, limit: int) -> list[ArtworkTask]:
        """Return up to `limit` pieces of artwork to render, those with a file first."""
        rows = self._db.all(
            "SELECT owner_id, show_id, kind, path, is_frame FROM artwork WHERE settled = 0"
            " ORDER BY is_frame, owner_id, kind LIMIT ?",
            (limit,),
        )
        return [
            ArtworkTask(owner_id, show_id, kind, os.fsdecode(path), bool(is_frame))
            for owner_id, show_id, kind, path, is_frame in rows
        ]

    def stills_todo(self, limit: int, after: str = "") -> list[StillTask]:
        """Return up to `limit` episodes and extras without artwork of their own, by path.

        Unprobed files are left out: they may be unplayable. `after`: return paths after this one.
        """
        rows = self._db.all(_STILLS, (os.fsencode(after), limit))
        return [
            StillTask(
                owner_id=video_id,
                show_id=show_id,
                kind="thumbnail",
                path=os.fsdecode(path),
                is_frame=True,
                size=size,
                mtime_ns=mtime_ns,
            )
            for video_id, show_id, path, size, mtime_ns in rows
        ]

    def set_still(self, task: StillTask, blob_id: BlobId | None) -> None:
        """Store the frame that is a video's artwork. None as in `set_artwork`."""
        with self._db.transaction() as connection:
            write.write_frame(connection, task)
            self.set_artwork(task.owner_id, "thumbnail", blob_id)

    def set_artwork(self, owner_id: str, kind: ArtworkKind, blob_id: BlobId | None) -> None:
        """Store a piece of artwork. None: it can't be rendered, until its file changes."""
        self._db.run(
            "UPDATE artwork SET blob_id = ?, settled = 1 WHERE owner_id = ? AND kind = ?",
            (blob_id, owner_id, kind),
        )


def _blob_id(text: str | None) -> BlobId | None:
    return None if text is None else BlobId(text)

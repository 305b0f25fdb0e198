"""Writes the results of a scan into the catalogue."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final, TypeVar

import msgspec

from blobhls.index.catalogue import writer as write
from blobhls.index.catalogue.rows import (
    Found,
    KnownFile,
    Problem,
    SeenArtwork,
    SeenNfo,
    SeenSubtitleFile,
    SeenVideo,
    season_id,
)
from blobhls.index.database import Database
from blobhls.names.file_kinds import ArtworkKind

_T = TypeVar("_T")

_TEXT_COLUMNS: Final = (
    "path", "video_id", "size", "mtime_ns", "language", "title", "forced", "hearing_impaired",
    "is_default",
)  # fmt: skip

# A batch holds the lock of the index for about 35 ms where each file is a film of its own. Other
# writers wait for one batch at most, as there is a pause after each.
ROWS_PER_TRANSACTION: Final = 200
_PAUSE: Final = 0.001  # seconds


class CatalogueIntake:
    """The part of the catalogue that only a scan uses."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.time) -> None:
        self._db = db
        self._clock = clock  # seconds since the epoch

    def revision(self) -> int:
        """Return a number that changes whenever what a scan compares changes in the catalogue."""
        row = self._db.one("SELECT number FROM library_revision")
        return -1 if row is None else int(row[0])

    def unprobed(self) -> list[str]:
        """Return the paths of files that were not surveyed yet."""
        rows = self._db.all("SELECT path FROM files WHERE source_id IS NULL AND problem IS NULL")
        return [os.fsdecode(path) for (path,) in rows]

    def mounts(self) -> frozenset[str]:
        """Return the folders that were mount points at some scan."""
        return frozenset(os.fsdecode(path) for (path,) in self._db.all("SELECT path FROM mounts"))

    def set_mounts(self, paths: Iterable[str]) -> None:
        """Store which folders are mount points."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM mounts")
            connection.executemany(
                "INSERT INTO mounts (path) VALUES (?)", [(os.fsencode(path),) for path in paths]
            )

    def known_files(self) -> dict[str, KnownFile]:
        """Return every file by path, flagged ones too."""
        columns = ", ".join(SeenVideo.__struct_fields__)  # `path` is the first
        probed = "source_id IS NOT NULL OR problem IS NOT NULL"
        rows = self._db.all(f"SELECT {columns}, {probed} FROM files")  # noqa: S608 - names of ours
        known: dict[str, KnownFile] = {}
        for name, *rest, probed in rows:
            path = os.fsdecode(name)
            known[path] = KnownFile(SeenVideo(path, *rest), bool(probed))
        return known

    def apply(
        self,
        removed: Sequence[str],
        seen: Sequence[SeenVideo],
        moved: Mapping[str, str] | None = None,
    ) -> None:
        """Apply the result of a walk: paths that are gone, and new or changed files.

        A file of another size or time is unprobed and without a problem afterwards. Removal comes
        first, as a renamed file may keep its id. `moved`: old paths of renamed files, by new path;
        what was found out about them stays.

        A new file is listed as added now; in a first scan, at its modification time.
        """
        kept = self._found_out(moved or {})
        now = int(self._clock())
        first = self._db.one("SELECT 1 FROM files LIMIT 1") is None
        for batch in _batches(chain(removed, seen)):
            gone = [item for item in batch if isinstance(item, str)]
            here = [item for item in batch if isinstance(item, SeenVideo)]
            with self._db.transaction() as connection:
                touched = write.remove_files(connection, gone)
                touched |= write.write_files(connection, here, now, first=first)
                if kept:
                    carried = {video.path: kept[video.path] for video in here if video.path in kept}
                    write.carry_over(connection, carried)
                write.refresh_shows(connection, touched)

    def _found_out(self, moved: Mapping[str, str]) -> dict[str, Found]:
        """Return what was found out about renamed files, by their new path."""
        if not moved:
            return {}
        rows = self._db.all("SELECT path, source_id, duration, added_at FROM files")
        known = {os.fsdecode(path): Found(*found) for path, *found in rows}
        return {new: known[old] for new, old in moved.items() if old in known}

    def apply_artwork(self, pictures: Mapping[tuple[str, ArtworkKind], SeenArtwork]) -> None:
        """Store which artwork files exist, by owner and kind.

        Where one is gone, a frame of the show's first video takes its place.
        """
        known = {
            (owner_id, kind): SeenArtwork(owner_id, kind, os.fsdecode(path), size, mtime_ns)
            for owner_id, kind, path, size, mtime_ns in self._db.all(
                "SELECT owner_id, kind, path, size, mtime_ns FROM artwork WHERE is_frame = 0"
            )
        }
        if known == pictures:
            return
        owners = dict(
            self._db.all("""
                SELECT show_id, show_id FROM shows
                UNION SELECT video_id, show_id FROM files WHERE problem IS NULL
            """)
        )
        owners |= self._seasons()
        wanted = {key: picture for key, picture in pictures.items() if key[0] in owners}
        gone = [key for key in known if key not in wanted]
        changed = [(owners[key[0]], new) for key, new in wanted.items() if known.get(key) != new]
        for keys in _batches(gone):
            with self._db.transaction() as connection:
                write.refresh_shows(connection, write.remove_pictures(connection, keys))
        for batch in _batches(changed):
            with self._db.transaction() as connection:
                write.write_pictures(connection, batch)

    def apply_nfo_files(self, notes: Mapping[str, SeenNfo]) -> None:
        """Store which NFO files exist, by owner; a new or changed one has to be read."""
        known = {
            owner_id: SeenNfo(owner_id, os.fsdecode(path), size, mtime_ns)
            for owner_id, path, size, mtime_ns in self._db.all(
                "SELECT owner_id, path, size, mtime_ns FROM notes"
            )
        }
        if known == notes:
            return
        owners = dict(
            self._db.all(
                "SELECT show_id, show_id FROM shows UNION SELECT video_id, show_id FROM files"
            )
        )
        owners |= self._seasons()
        gone = [owner_id for owner_id in known if owner_id not in notes]
        changed = [
            (owners[owner_id], note)
            for owner_id, note in notes.items()
            if owner_id in owners and known.get(owner_id) != note
        ]
        for batch in _batches(chain(gone, changed)):
            owner_ids = [item for item in batch if isinstance(item, str)]
            new = [item for item in batch if not isinstance(item, str)]
            with self._db.transaction() as connection:
                write.refresh_shows(connection, write.write_notes(connection, owner_ids, new))

    def _seasons(self) -> dict[str, str]:
        """Return the show_id of each season that has a video, by `season_id`."""
        rows = self._db.all(
            "SELECT DISTINCT show_id, season FROM files"
            " WHERE season IS NOT NULL AND problem IS NULL"
        )
        return {season_id(show_id, season): show_id for show_id, season in rows}

    def apply_subtitle_files(self, texts: Iterable[SeenSubtitleFile]) -> None:
        """Store which subtitle files exist; a changed one has to be surveyed again."""
        columns = ", ".join(_TEXT_COLUMNS)
        rows = self._db.all(f"SELECT {columns} FROM texts")  # noqa: S608 - names of ours
        known = {os.fsdecode(path): (path, *rest) for path, *rest in rows}
        wanted = {text.path: _text_row(text) for text in texts}
        gone = [path for path in known if path not in wanted]
        changed = [row for path, row in wanted.items() if known.get(path) != row]
        marks = ", ".join("?" * len(_TEXT_COLUMNS))
        for batch in _batches(chain(gone, changed)):
            with self._db.transaction() as connection:
                connection.executemany(
                    "DELETE FROM texts WHERE path = ?",
                    [(os.fsencode(item),) for item in batch if isinstance(item, str)],
                )
                connection.executemany(
                    f"INSERT OR REPLACE INTO texts ({columns}) VALUES ({marks})",  # noqa: S608 - as above
                    [item for item in batch if not isinstance(item, str)],
                )

    def set_scan_problems(self, problems: Iterable[Problem]) -> None:
        """Store the problems of a scan, in place of those of the previous one."""
        wanted = {os.fsencode(problem.path): problem.reason for problem in problems}
        if dict(self._db.all("SELECT path, reason FROM scan_problems")) == wanted:
            return
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM scan_problems")
            connection.executemany(
                "INSERT INTO scan_problems (path, reason) VALUES (?, ?)", wanted.items()
            )


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    source = iter(items)
    while batch := list(islice(source, ROWS_PER_TRANSACTION)):
        yield batch
        time.sleep(_PAUSE)


def _text_row(text: SeenSubtitleFile) -> tuple[Any, ...]:
    """Return the columns of a subtitle file that a walk fills."""
    return (os.fsencode(text.path), *msgspec.structs.astuple(text)[1:])

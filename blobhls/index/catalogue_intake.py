"""How a scan gets into the catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, TypeVar

from blobhls.index import catalogue_write as write
from blobhls.index.catalogue_values import KnownFile, Problem, SeenPicture, SeenVideo
from blobhls.index.database import Database
from blobhls.library.tree import ArtworkKind

_T = TypeVar("_T")

# The server writes to the same SQLite file in between, and waits for one of these at most.
ROWS_PER_TRANSACTION: Final = 500


class CatalogueIntake:
    """The side of the catalogue that only a scan sees."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def known_files(self) -> dict[str, KnownFile]:
        """Return every file by path, flagged ones too."""
        rows = self._db.all("""
            SELECT path, size, mtime_ns, video_id, show_id, kind, show_title, show_year, title,
                season, episode, episode_to, sort_key, source_id IS NOT NULL
            FROM files
        """)
        known: dict[str, KnownFile] = {}
        for name, *rest, probed in rows:
            path = os.fsdecode(name)
            known[path] = KnownFile(SeenVideo(path, *rest), bool(probed))
        return known

    def apply(self, removed: Sequence[str], seen: Sequence[SeenVideo]) -> None:
        """Take over what a walk found: paths that are gone, and new or changed files.

        A file of another size or time is unprobed and without a problem afterwards. Removal comes
        first, as a renamed file may keep its id.
        """
        for batch in _batches(chain(removed, seen)):
            gone = [item for item in batch if isinstance(item, str)]
            here = [item for item in batch if isinstance(item, SeenVideo)]
            with self._db.transaction() as connection:
                touched = write.remove_files(connection, gone)
                touched |= write.write_files(connection, here)
                write.refresh_shows(connection, touched)

    def apply_pictures(self, pictures: Mapping[tuple[str, ArtworkKind], SeenPicture]) -> None:
        """Take over which artwork files there are, by owner and kind.

        Where one is gone, a frame of the show's first video takes its place.
        """
        owners = dict(
            self._db.all("""
                SELECT show_id, show_id FROM shows
                UNION SELECT video_id, show_id FROM files WHERE problem IS NULL
            """)
        )
        known = {
            (owner_id, kind): SeenPicture(owner_id, kind, os.fsdecode(path), size, mtime_ns)
            for owner_id, kind, path, size, mtime_ns in self._db.all(
                "SELECT owner_id, kind, path, size, mtime_ns FROM artwork WHERE is_frame = 0"
            )
        }
        wanted = {key: picture for key, picture in pictures.items() if key[0] in owners}
        gone = [key for key in known if key not in wanted]
        changed = [(owners[key[0]], new) for key, new in wanted.items() if known.get(key) != new]
        for keys in _batches(gone):
            with self._db.transaction() as connection:
                write.refresh_shows(connection, write.remove_pictures(connection, keys))
        for batch in _batches(changed):
            with self._db.transaction() as connection:
                write.write_pictures(connection, batch)

    def set_scan_problems(self, problems: Iterable[Problem]) -> None:
        """Replace what the last scan could not read."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM scan_problems")
            connection.executemany(
                "INSERT OR REPLACE INTO scan_problems (path, reason) VALUES (?, ?)",
                [(os.fsencode(problem.path), problem.reason) for problem in problems],
            )


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    source = iter(items)
    while batch := list(islice(source, ROWS_PER_TRANSACTION)):
        yield batch

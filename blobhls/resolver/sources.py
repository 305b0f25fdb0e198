"""Where the files of sources are. Only this module of the server stats files of the library."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from cachetools import LRUCache

from blobhls.errors import BlobhlsError, SourceGone, SourceOffline
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.rows import SubtitleFileRow, VideoRow
from blobhls.library.mounts import mount_points
from blobhls.media.references import LibraryFile
from blobhls.resolver.stat_pool import StatPool
from blobhls.tasks import BackgroundTasks
from blobhls.workers import Priority, SingleFlight

_log: Final = logging.getLogger(__name__)

_LIMIT: Final = 10.0  # seconds; a disk may have to spin up
_GRACE: Final = 0.05  # seconds; a disk that is awake answers in a hundredth of that
_PAUSE: Final = 3.0  # seconds between two checks of a video's file
_CHECKED: Final = 10_000  # videos whose last check is remembered
_MOUNTS: Final = 5.0  # seconds for which the table of mounts is cached
_AWAY: Final = "the video's file can't be read now"

Stamp: TypeAlias = tuple[int, int]
"""Size in bytes and mtime in ns, which tell whether a file has changed."""


FileRow: TypeAlias = VideoRow | SubtitleFileRow
"""A file of the library as the catalogue has it: path, size and time."""


class Sources:
    """Finds files and checks whether they are unchanged. To be used from one event loop.

    Methods that ask a disk raise `SourceOffline` if it does not answer within ten seconds. A file
    behind a symbolic link belongs to the mount of the link.
    """

    def __init__(
        self,
        root: Path,
        catalogue: Catalogue,
        index: Index,
        *,
        stat: Callable[[Path], Stamp | None] | None = None,
        mounts: Callable[[Path], frozenset[str]] = mount_points,
        limit: float = _LIMIT,
        grace: float = _GRACE,
    ) -> None:
        """`root`: the library's folder, which must be readable now.

        `stat` returns None for a file that can't be read; `mounts` returns the mounts in a folder,
        relative to it. `limit`: seconds that a caller waits for a disk; `grace`: for an optional
        check.
        """
        self._root = root
        self._top = root.resolve()  # mounts are listed without links
        self._catalogue = catalogue
        self._index = index
        self._stat_file = stat or _stamp
        self._list_mounts = mounts
        self._limit = limit
        self._grace = grace
        self._mounts: frozenset[str] = frozenset()
        self._mounts_read = -_MOUNTS
        self._pool = StatPool()
        self._stats = SingleFlight()
        self._background = BackgroundTasks()
        self._checks: dict[str, asyncio.Task[bool]] = {}  # by video_id
        self._checked: LRUCache[str, float] = LRUCache(_CHECKED)  # by video_id, when

    async def locate(self, source_id: str) -> LibraryFile:
        """Return the file of a source as it was surveyed; the job checks that it is unchanged.

        Disks are asked only if several files have the same bytes. Raises `SourceOffline`, or
        `SourceGone` for good: a file that changed since its survey is another source.
        """
        rows = await self._rows(source_id)
        return reference_to(rows[0] if len(rows) == 1 else await self._first_unchanged(rows))

    async def find(self, source_id: str) -> LibraryFile:
        """Return the file of a source that was checked to exist and to be unchanged.

        Raises `SourceOffline` or `SourceGone`.
        """
        return reference_to(await self._first_unchanged(await self._rows(source_id)))

    def note_change(self, source_id: str) -> None:
        """Refresh the rows of a source, as a job found another file than they say."""
        self._background.start(self._check_all(source_id))

    async def is_unchanged(self, row: FileRow) -> bool:
        """Say whether a file has the size and mtime of its row; raises `SourceOffline`."""
        return await self._stamp(row.path) == (row.size, row.mtime_ns)

    async def refreshed(self, video: VideoRow) -> VideoRow:
        """Return the row of a video, refreshed from its file: the scan may be minutes behind.

        If the file can't be read, the row is returned unchanged.
        """
        return await self._current_row(video) if await self._refresh(video) else video

    async def refreshed_if_quick(self, video: VideoRow) -> VideoRow:
        """Return the refreshed row if its disk answers at once, else the row unchanged.

        A slow check continues in the background, so that the next caller gets the refreshed row.
        Each video is checked at most every few seconds.
        """
        mount = self._mount_of(video.path)
        # While the disk does not answer, no caller should wait for it.
        if self._pool.waited(mount) > self._grace:
            return video
        check = self._check(video)
        if check is None:
            return video
        await asyncio.wait([check], timeout=self._grace)
        return await self._current_row(video) if check.done() and check.result() else video

    async def _stamp(self, path: str) -> Stamp | None:
        """Return the stamp of a file of the library; None if it can't be read."""
        call = partial(self._stat_file, self._root / path)
        mount = self._mount_of(path)
        return await self._stats.join(
            path, Priority.VIEWER, lambda _: self._pool.run(mount, call, self._limit)
        )

    async def close(self) -> None:
        """Stop the background checks."""
        await self._background.cancel()
        self._pool.close()

    async def _rows(self, source_id: str) -> list[FileRow]:
        """Return the files that had the bytes of a source when they were surveyed."""
        videos = await self._index.lookup(self._catalogue.videos_of_source, source_id)
        subtitles = await self._index.lookup(self._catalogue.subtitle_files.of_source, source_id)
        if videos or subtitles:
            return [*videos, *subtitles]
        # A file that is not surveyed yet may be the source, under another name or mtime.
        if await self._index.lookup(self._catalogue.unprobed, 1):
            raise SourceOffline(_AWAY)
        raise SourceGone("the video's file is gone, or another one is in its place")

    async def _first_unchanged(self, rows: Sequence[FileRow]) -> FileRow:
        """Return the first unchanged file of these; raises `SourceOffline`."""
        away = SourceOffline(_AWAY)
        for row in rows:
            try:
                if await self.is_unchanged(row):
                    return row
                if isinstance(row, VideoRow):
                    self._check(row)  # the next request finds the row refreshed
            except SourceOffline as error:  # another copy may be on another disk
                away = error
        raise away

    async def _check_all(self, source_id: str) -> None:
        for video in await self._index.lookup(self._catalogue.videos_of_source, source_id):
            self._check(video)

    async def _current_row(self, video: VideoRow) -> VideoRow:
        return await self._index.lookup(self._catalogue.video, video.video_id)

    async def _refresh(self, video: VideoRow) -> bool:
        """Refresh a video's row if its file has changed; return whether it has."""
        now = await self._stamp(video.path)
        if now is None or now == (video.size, video.mtime_ns):
            return False
        await self._index.write(self._catalogue.renew, video, *now)
        return True

    def _check(self, video: VideoRow) -> asyncio.Task[bool] | None:
        """Start to refresh a row in the background; None if it was checked a moment ago."""
        name = video.video_id
        if name in self._checks:
            return self._checks[name]
        before, now = self._checked.get(name), time.monotonic()
        if before is not None and now - before < _PAUSE:
            return None
        self._checked[name] = now
        check = self._background.start(_false_on_error(self._refresh(video)))
        self._checks[name] = check
        check.add_done_callback(lambda _: self._checks.pop(name))
        return check

    def _mount_of(self, path: str) -> str:
        """Return the mount that a path lies on, relative to the library; "": the library's own."""
        now = time.monotonic()
        if now - self._mounts_read > _MOUNTS:
            self._mounts, self._mounts_read = self._list_mounts(self._top), now
        while path and path not in self._mounts:
            path = path.rpartition("/")[0]
        return path


async def _false_on_error(check: Awaitable[bool]) -> bool:
    """Return the result of a check, or False if it fails: the check is optional."""
    try:
        return await check
    except BlobhlsError as error:
        _log.debug("could not check a file: %s", error)
        return False


def reference_to(row: FileRow) -> LibraryFile:
    """Return the reference to a file of the library, for a job."""
    return LibraryFile(os.fsencode(row.path), row.size, row.mtime_ns)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns

"""Where the files of sources lie. The only place of the server that asks the library's disks."""

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
_MOUNTS: Final = 5.0  # seconds between two looks at the table of mounts
_AWAY: Final = "the video's file can't be read just now"

Stamp: TypeAlias = tuple[int, int]
"""Size in bytes and time of the last change in ns, by which a change shows."""


FileRow: TypeAlias = VideoRow | SubtitleFileRow
"""A file of the library as the catalogue has it: path, size and time."""


class Sources:
    """Knows where files lie and whether they are as they were. To be used from one event loop.

    Whatever has to ask a disk raises `SourceOffline` where that does not answer within ten
    seconds. A file behind a symbolic link counts to the mount of the link.
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
        """`root`: the library's folder, which answers now.

        `stat` returns None for what can't be read; `mounts` gives the mounts in a folder,
        relative to it. `limit` and `grace`: seconds that a caller waits for a disk, and for what
        it could do without.
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
        """Return the file of a source as it was surveyed, for a job that checks that it still is.

        Disks are asked only where several files have the same bytes. Raises `SourceOffline`, or
        `SourceGone` for good: a file that changed since it was surveyed is another source.
        """
        rows = await self._rows(source_id)
        return reference_to(rows[0] if len(rows) == 1 else await self._first_unchanged(rows))

    async def find(self, source_id: str) -> LibraryFile:
        """Return the same of a file that is there and unchanged. Raises as `locate`."""
        return reference_to(await self._first_unchanged(await self._rows(source_id)))

    def note_change(self, source_id: str) -> None:
        """Have the rows of a source renewed: a job met another file than they say."""
        self._background.start(self._check_all(source_id))

    async def is_unchanged(self, row: FileRow) -> bool:
        """Say whether a file is there and as its row has it; raises `SourceOffline`."""
        return await self._stamp(row.path) == (row.size, row.mtime_ns)

    async def refreshed(self, video: VideoRow) -> VideoRow:
        """Return the row of a video as its file is now: the scan may be minutes behind.

        The row as it was where the file can't be read.
        """
        return await self._current_row(video) if await self._refresh(video) else video

    async def refreshed_if_quick(self, video: VideoRow) -> VideoRow:
        """Return what `refreshed` does where that costs next to nothing, else the row as it was.

        A check goes on in the background, so that the next caller notices what this one missed.
        Each video is checked every few seconds at most.
        """
        mount = self._mount_of(video.path)
        # Behind a disk that does not answer, every caller would wait in vain.
        if self._pool.waited(mount) > self._grace:
            return video
        check = self._check(video)
        if check is None:
            return video
        await asyncio.wait([check], timeout=self._grace)
        return await self._current_row(video) if check.done() and check.result() else video

    async def _stamp(self, path: str) -> Stamp | None:
        """Return the stamp of a file of the library; None where it can't be read."""
        call = partial(self._stat_file, self._root / path)
        mount = self._mount_of(path)
        return await self._stats.join(
            path, Priority.VIEWER, lambda _: self._pool.run(mount, call, self._limit)
        )

    async def close(self) -> None:
        """End what goes on in the background."""
        await self._background.cancel()
        self._pool.close()

    async def _rows(self, source_id: str) -> list[FileRow]:
        """Return the files that had the bytes of a source when they were surveyed."""
        videos = await self._index.lookup(self._catalogue.videos_of_source, source_id)
        texts = await self._index.lookup(self._catalogue.texts.of_source, source_id)
        if videos or texts:
            return [*videos, *texts]
        # A file that was not surveyed yet may be it, under another name or with another date.
        if await self._index.lookup(self._catalogue.unprobed, 1):
            raise SourceOffline(_AWAY)
        raise SourceGone("the video's file is gone, or another one is in its place")

    async def _first_unchanged(self, rows: Sequence[FileRow]) -> FileRow:
        """Return the first of some files that is as it was; raises `SourceOffline`."""
        away = SourceOffline(_AWAY)
        for row in rows:
            try:
                if await self.is_unchanged(row):
                    return row
                if isinstance(row, VideoRow):
                    self._check(row)  # the next request for the video finds its row renewed
            except SourceOffline as error:  # another copy may lie on another disk
                away = error
        raise away

    async def _check_all(self, source_id: str) -> None:
        for video in await self._index.lookup(self._catalogue.videos_of_source, source_id):
            self._check(video)

    async def _current_row(self, video: VideoRow) -> VideoRow:
        return await self._index.lookup(self._catalogue.video, video.video_id)

    async def _refresh(self, video: VideoRow) -> bool:
        """Renew a video's row if its file has changed, and say whether it has."""
        now = await self._stamp(video.path)
        if now is None or now == (video.size, video.mtime_ns):
            return False
        await self._index.write(self._catalogue.renew, video, *now)
        return True

    def _check(self, video: VideoRow) -> asyncio.Task[bool] | None:
        """Begin to follow a video in the background; None: it was checked a moment ago."""
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
    """Return what a check says, or False where it can't be made: nobody depends on it."""
    try:
        return await check
    except BlobhlsError as error:
        _log.debug("could not check a file: %s", error)
        return False


def reference_to(row: FileRow) -> LibraryFile:
    """Return what a job calls a file of the library."""
    return LibraryFile(os.fsencode(row.path), row.size, row.mtime_ns)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns

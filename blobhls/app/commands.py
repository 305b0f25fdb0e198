"""What the command line can ask for besides serving."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from blobhls.app.caretaker import make_pictures, probe_all, walk
from blobhls.app.station import Station, opened_shelf, opened_station
from blobhls.errors import BadRequest, BlobhlsError, VideoUnknown
from blobhls.index.catalogue_values import VideoRow
from blobhls.library.names import path_id
from blobhls.progress import Progress
from blobhls.settings import Settings
from blobhls.vault import Evicted, check

T = TypeVar("T")

_LOOK = 0.2  # seconds between two looks at how far sealing is


class ScanReport(msgspec.Struct, frozen=True):
    """What a scan found."""

    files: int  # videos that are listed
    shows: int
    problems: list[tuple[str, str]]  # path and reason


class SealReport(msgspec.Struct, frozen=True):
    """How sealing one video ended."""

    video_id: str
    title: str
    root: str | None  # SHA-256 of the master playlist
    problem: str | None


class FsckReport(msgspec.Struct, frozen=True):
    """What was found and mended."""

    counts: Mapping[str, int]


class GcReport(msgspec.Struct, frozen=True):
    """What was removed."""

    removed: int  # blobs
    freed: int  # bytes


def scan(settings: Settings, progress: Progress) -> ScanReport:
    """Walk over the library and look into every file that is new."""

    async def work(station: Station) -> ScanReport:
        await walk(station)
        await probe_all(station, progress)
        await make_pictures(station)
        catalogue = station.shelf.catalogue
        counts = catalogue.counts()
        problems = [(problem.path, problem.reason) for problem in catalogue.problems()]
        return ScanReport(counts.videos, counts.movies + counts.series, problems)

    return _run(settings, work)


def seal(
    settings: Settings,
    videos: Sequence[str],
    *,
    all_videos: bool,
    renditions: Sequence[str],
    progress: Progress,
) -> list[SealReport]:
    """Seal videos, named by id or path, one after the other; a bad one does not stop the rest."""

    async def work(station: Station) -> list[SealReport]:
        await walk(station)
        chosen = _all(station) if all_videos else [_named(station, name) for name in videos]
        return [await _seal_one(station, video, renditions, progress) for video in chosen]

    return _run(settings, work)


def fsck(settings: Settings, progress: Progress, *, check_hashes: bool) -> FsckReport:
    """Make index and store agree; needs to be alone with them."""
    with opened_shelf(settings, alone=True) as shelf:
        found = check(shelf.store, shelf.blobs, check_hashes=check_hashes, progress=progress)
        for blob_id in found.lost:
            # Whatever needs it is sealed anew when somebody asks.
            shelf.sources.withdraw(blob_id, "its bytes are gone")
    return FsckReport(
        {
            "checked": found.checked,
            "missing": found.missing,
            "damaged": found.damaged,
            "orphaned": found.orphaned,
            "unfinished": found.unfinished,
            "lost": len(found.lost),
        }
    )


def gc(settings: Settings, progress: Progress) -> GcReport:
    """Bring the cache down to its limit now."""

    async def work(station: Station) -> Evicted:
        await walk(station)
        progress(0, 1, "cache")
        return await station.evictor.evict()

    evicted = _run(settings, work)
    return GcReport(evicted.removed, evicted.freed)


def _run(settings: Settings, work: Callable[[Station], Awaitable[T]]) -> T:
    async def all_of_it() -> T:
        async with opened_station(settings) as station:
            return await work(station)

    return asyncio.run(all_of_it())


def _all(station: Station) -> list[VideoRow]:
    shows, _ = station.shelf.catalogue.shows()
    return [video for show in shows for video in (*show.videos, *show.others, *show.extras)]


def _named(station: Station, name: str) -> VideoRow:
    """Return the video of an id, or of a path as the shell completes it."""
    catalogue = station.shelf.catalogue
    root = station.settings.target_path.resolve()
    for base in (Path.cwd(), root):
        path = (base / name).resolve()
        if path.is_file() and path.is_relative_to(root):
            relative = path.relative_to(root).as_posix()
            found = catalogue.videos([path_id(relative)]).values()
            if found:
                return next(iter(found))
    try:
        return catalogue.video(name)
    except VideoUnknown as error:
        raise BadRequest(f"no video {name!r} in {station.settings.target_path}") from error


async def _seal_one(
    station: Station, video: VideoRow, renditions: Sequence[str], progress: Progress
) -> SealReport:
    try:
        opened = await station.opener.open(video.video_id)
        task = asyncio.create_task(station.sealer.seal(opened, renditions))
        sealing = None
        while not task.done():
            await asyncio.wait([task], timeout=_LOOK)
            sealing = station.sealer.progress(video.video_id)
            if sealing is not None:
                progress(sealing.done, sealing.total, video.title)
        root = task.result()
    except BlobhlsError as error:
        return SealReport(video.video_id, video.title, None, str(error))
    problems = "; ".join(f"{n}: {why}" for n, why in (sealing.problems if sealing else {}).items())
    return SealReport(
        video.video_id, video.title, None if root is None else root.blob_id, problems or None
    )

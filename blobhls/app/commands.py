"""What the command line can ask for besides serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from blobhls.app.caretaker import probe_all, walk
from blobhls.app.picturing import make_pictures, take_stills
from blobhls.app.station import Station, opened_shelf
from blobhls.app.working import SealReport, chosen_videos, run, seal_video
from blobhls.progress import Progress
from blobhls.settings import Settings
from blobhls.vault import Evicted, check


class ScanReport(msgspec.Struct, frozen=True):
    """What a scan found."""

    files: int  # videos that are listed
    shows: int
    problems: list[tuple[str, str]]  # path and reason


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
        await take_stills(station)
        catalogue = station.shelf.catalogue
        counts = catalogue.counts()
        problems = [(problem.path, problem.reason) for problem in catalogue.problems()]
        return ScanReport(counts.videos, counts.movies + counts.series, problems)

    return run(settings, work)


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
        chosen = chosen_videos(station, videos, everything=all_videos)
        return [await seal_video(station, video, renditions, progress) for video in chosen]

    return run(settings, work)


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

    evicted = run(settings, work)
    return GcReport(evicted.removed, evicted.freed)

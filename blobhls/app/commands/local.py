"""The sub-commands `scan`, `seal`, `fsck` and `gc`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from blobhls.app.artwork import make_artwork, take_stills
from blobhls.app.background import scan_library, survey_all
from blobhls.app.commands.common import SealReport, chosen_videos, run, run_on_storage, seal_video
from blobhls.app.services import Services, Storage
from blobhls.progress import Progress
from blobhls.settings import Settings
from blobhls.vault import EvictionResult, Repairs, check_blobs


class ScanReport(msgspec.Struct, frozen=True):
    """The result of a scan."""

    files: int  # videos that are listed
    shows: int
    problems: list[tuple[str, str]]  # path and reason


class FsckReport(msgspec.Struct, frozen=True):
    """What was found and repaired."""

    counts: Mapping[str, int]


class GcReport(msgspec.Struct, frozen=True):
    """What was removed."""

    removed: int  # blobs
    freed: int  # bytes


def scan(settings: Settings, progress: Progress) -> ScanReport:
    """Scan the library and survey every new file."""

    async def work(services: Services) -> ScanReport:
        await scan_library(services)
        await survey_all(services, progress)
        await make_artwork(services)
        await take_stills(services)
        catalogue, index = services.storage.catalogue, services.storage.index
        counts = await index.read(catalogue.counts)
        found = await index.read(catalogue.problems)
        problems = [(problem.path, problem.reason) for problem in found]
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
    """Seal videos by id or path, one after the other; a failure does not stop the rest."""

    async def work(services: Services) -> list[SealReport]:
        await scan_library(services)
        chosen = await chosen_videos(services, videos, everything=all_videos)
        return [await seal_video(services, video, renditions, progress) for video in chosen]

    return run(settings, work)


def fsck(settings: Settings, progress: Progress, *, check_hashes: bool) -> FsckReport:
    """Make index and store agree; needs an exclusive lock."""

    async def work(storage: Storage) -> Repairs:
        found = await check_blobs(storage.repository, check_hashes=check_hashes, progress=progress)
        quarantine = storage.source_index.quarantine
        for blob_id in found.lost:
            # Roots that name it are withdrawn; their videos are sealed anew on request.
            await storage.index.write(quarantine, blob_id, "its bytes are gone")
        return found

    found = run_on_storage(settings, work, alone=True)
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
    """Evict blobs until the cache is within its limit."""

    async def work(services: Services) -> EvictionResult:
        await scan_library(services)
        progress(0, 1, "cache")
        return await services.evictor.evict()

    evicted = run(settings, work)
    return GcReport(evicted.removed, evicted.freed)

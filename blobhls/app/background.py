"""Background tasks: scanning, surveying, NFO files; `artwork` renders images."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Final

from blobhls.app.artwork import make_artwork, take_stills
from blobhls.app.services import Services
from blobhls.errors import BlobhlsError, SourceBroken
from blobhls.index.catalogue.rows import NfoTask, VideoRow
from blobhls.library.scan import ScanMemory, ScanResult, scan
from blobhls.library.watcher import LibraryWatcher
from blobhls.names.nfo import MAX_BYTES, Details, NfoRefused, read_nfo
from blobhls.progress import Progress
from blobhls.workers import Priority

_log: Final = logging.getLogger(__name__)

_RESCAN: Final = 120  # seconds between two scans, if nothing changes
_REST: Final = 2  # the pause after a scan, in times of its duration
_BATCH: Final = 50


async def run_background(
    services: Services, on_scan: Callable[[ScanResult], None] | None = None
) -> None:
    """Keep catalogue, plans and artwork up to date for as long as the server runs.

    `on_scan` is called with the result of each scan.
    """
    watcher = LibraryWatcher(services.settings.target_path)
    surveyed = asyncio.Event()

    async def survey(services: Services) -> None:
        await survey_all(services)
        await make_artwork(services)
        surveyed.set()

    # Independent steps: surveying all files takes hours at first, reading NFO files seconds.
    steps = {step: asyncio.Event() for step in (read_nfo_files, survey)}
    async with asyncio.TaskGroup() as group:
        group.create_task(watcher.watch())
        for step, scanned in steps.items():
            group.create_task(_repeat(step, services, scanned))
        # It takes hours, too, and a new movie must not wait for its poster.
        group.create_task(_repeat(take_stills, services, surveyed))
        await _scan_repeatedly(services, watcher, steps.values(), on_scan)


async def _scan_repeatedly(
    services: Services,
    watcher: LibraryWatcher,
    steps: Collection[asyncio.Event],
    on_scan: Callable[[ScanResult], None] | None,
) -> None:
    """Scan the library whenever something has changed, and from time to time."""
    growing: frozenset[str] = frozenset()
    memory = ScanMemory()
    while True:
        started = time.monotonic()
        try:
            found = await scan_library(services, growing, memory)
            for scanned in steps:
                scanned.set()
            if on_scan is not None:
                on_scan(found)
        except Exception:  # the next round may succeed
            _log.exception("could not scan the library")
        # A library whose scan takes long is not scanned all the time.
        await asyncio.sleep(min(_RESCAN, _REST * (time.monotonic() - started)))
        growing = await watcher.wait_for_change(_RESCAN)


async def _repeat(
    step: Callable[[Services], Awaitable[None]], services: Services, scanned: asyncio.Event
) -> None:
    """Do a step after each scan; scans that end meanwhile count as one."""
    while True:
        await scanned.wait()
        scanned.clear()
        try:
            await step(services)
        except Exception:  # as above
            _log.exception("could not update the library")


async def scan_library(
    services: Services, growing: frozenset[str] = frozenset(), memory: ScanMemory | None = None
) -> ScanResult:
    """Scan the folder tree into the catalogue; files are listed at once and surveyed later.

    `growing`: paths that are changing now and are left unchanged. `memory`: of the last scan.
    """
    path, intake = services.settings.target_path, services.storage.intake
    return await asyncio.to_thread(scan, path, intake, growing, memory)


async def read_nfo_files(services: Services) -> None:
    """Read NFO files; an unusable one is not tried again until it changes."""
    nfo_files, index = services.storage.catalogue.nfo_files, services.storage.index
    tried: set[str] = set()
    while True:
        found = await index.read(nfo_files.todo, _BATCH + len(tried))
        todo = [task for task in found if task.owner_id not in tried]
        if not todo:
            return
        tried.update(task.owner_id for task in todo)
        for task in todo:
            try:
                details = await asyncio.to_thread(_details, services.settings.target_path, task)
            except OSError as error:  # it is tried again later
                _log.info("can't read %s: %s", task.path, error.strerror)
            else:
                await index.write(nfo_files.mark_done, task, details)


def _details(root: Path, task: NfoTask) -> Details | None:
    """Return the details of an NFO file; None if it is unusable."""
    with (root / task.path).open("rb") as file:
        body = file.read(MAX_BYTES + 1)
    try:
        return read_nfo(body)
    except NfoRefused as refused:
        _log.info("unusable NFO file %s: %s", task.path, refused)
        return None


async def survey_all(services: Services, report: Progress | None = None) -> None:
    """Survey every new file; bad ones are removed from the catalogue."""
    catalogue, index = services.storage.catalogue, services.storage.index
    total, done = (await index.read(catalogue.counts)).unprobed, 0
    tried: set[str] = set()
    while True:
        found = await index.read(catalogue.unprobed, _BATCH + len(tried))
        todo = [video for video in found if video.video_id not in tried]
        if not todo:
            return
        tried.update(video.video_id for video in todo)
        for task in asyncio.as_completed([_survey(services, video) for video in todo]):
            video = await task
            done += 1
            if report is not None:
                report(done, max(total, done), video.path)


async def _survey(services: Services, video: VideoRow) -> VideoRow:
    try:
        await services.plans.open(video.video_id, Priority.BACKGROUND)
    except SourceBroken as error:
        _log.info("%s can't be played: %s", video.path, error.reason)
    except BlobhlsError as error:
        _log.info("%s can't be surveyed now: %s", video.path, error)
    return video

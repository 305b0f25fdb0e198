"""What goes on beside requests: scanning, probing, notes; pictures are in `picturing`."""

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

_RESCAN: Final = 120  # seconds between two walks over the library, if nothing changes
_REST: Final = 2  # times as long as a walk took is nothing done after it
_BATCH: Final = 50


async def run_background(
    services: Services, on_scan: Callable[[ScanResult], None] | None = None
) -> None:
    """Keep catalogue, plans and pictures up to date for as long as the server runs.

    `on_scan` is told what each walk found.
    """
    watcher = LibraryWatcher(services.settings.target_path)
    looked = asyncio.Event()

    async def look_into(services: Services) -> None:
        await survey_all(services)
        await make_artwork(services)
        looked.set()

    # Each for itself: looking into all files takes hours at first, reading notes seconds.
    steps = {step: asyncio.Event() for step in (read_nfo_files, look_into)}
    async with asyncio.TaskGroup() as group:
        group.create_task(watcher.watch())
        for step, walked in steps.items():
            group.create_task(_repeat(step, services, walked))
        # Hours, too, in which a film that is new must not wait for its poster.
        group.create_task(_repeat(take_stills, services, looked))
        await _scan_repeatedly(services, watcher, steps.values(), on_scan)


async def _scan_repeatedly(
    services: Services,
    watcher: LibraryWatcher,
    steps: Collection[asyncio.Event],
    on_scan: Callable[[ScanResult], None] | None,
) -> None:
    """Walk over the library whenever something has changed, and from time to time."""
    growing: frozenset[str] = frozenset()
    memory = ScanMemory()
    while True:
        started = time.monotonic()
        try:
            found = await scan_library(services, growing, memory)
            for walked in steps:
                walked.set()
            if on_scan is not None:
                on_scan(found)
        except Exception:  # whatever it was, the next round may go better
            _log.exception("could not walk over the library")
        # A library that takes long to walk over is not walked over all the time.
        await asyncio.sleep(min(_RESCAN, _REST * (time.monotonic() - started)))
        growing = await watcher.wait_for_change(_RESCAN)


async def _repeat(
    step: Callable[[Services], Awaitable[None]], services: Services, walked: asyncio.Event
) -> None:
    """Do something after each walk; walks that come meanwhile are one."""
    while True:
        await walked.wait()
        walked.clear()
        try:
            await step(services)
        except Exception:  # as above
            _log.exception("could not look into the library")


async def scan_library(
    services: Services, growing: frozenset[str] = frozenset(), memory: ScanMemory | None = None
) -> ScanResult:
    """Make the catalogue follow the folder tree; listed at once, looked into later.

    `growing`: paths that are changing just now, to be left as they were. `memory`: of the walk
    before.
    """
    path, intake = services.settings.target_path, services.storage.intake
    return await asyncio.to_thread(scan, path, intake, growing, memory)


async def read_nfo_files(services: Services) -> None:
    """Read NFO files; one that says nothing is not tried again until it changes."""
    notes, index = services.storage.catalogue.notes, services.storage.index
    tried: set[str] = set()
    while True:
        found = await index.read(notes.todo, _BATCH + len(tried))
        todo = [task for task in found if task.owner_id not in tried]
        if not todo:
            return
        tried.update(task.owner_id for task in todo)
        for task in todo:
            try:
                details = await asyncio.to_thread(_details, services.settings.target_path, task)
            except OSError as error:  # later, perhaps
                _log.info("can't read %s: %s", task.path, error.strerror)
            else:
                await index.write(notes.mark_done, task, details)


def _details(root: Path, task: NfoTask) -> Details | None:
    """Return what an NFO file says; None if that is nothing."""
    with (root / task.path).open("rb") as file:
        body = file.read(MAX_BYTES + 1)
    try:
        return read_nfo(body)
    except NfoRefused as refused:
        _log.info("nothing to be read in %s: %s", task.path, refused)
        return None


async def survey_all(services: Services, report: Progress | None = None) -> None:
    """Look into every file that nobody has looked into yet; bad ones leave the catalogue."""
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
        _log.info("%s can't be looked into just now: %s", video.path, error)
    return video

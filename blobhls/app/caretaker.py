"""What goes on beside requests: scanning, probing, notes; pictures are in `picturing`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Final

from blobhls.app.lookout import Lookout
from blobhls.app.picturing import make_pictures, take_stills
from blobhls.app.station import Station
from blobhls.derive import Priority
from blobhls.errors import BlobhlsError, SourceBroken
from blobhls.index.catalogue_values import NoteTask, VideoRow
from blobhls.index.notes import Notes
from blobhls.library.nfo import MOST_BYTES, NoteRefused, read_nfo
from blobhls.library.scan import ScanMemory, ScanResult, scan
from blobhls.progress import Progress

_log: Final = logging.getLogger(__name__)

_RESCAN: Final = 120  # seconds between two walks over the library, if nothing changes
_REST: Final = 2  # times as long as a walk took is nothing done after it
_BATCH: Final = 50


async def look_after(station: Station, on_scan: Callable[[ScanResult], None] | None = None) -> None:
    """Keep catalogue, plans and pictures up to date for as long as the server runs.

    `on_scan` is told what each walk found.
    """
    lookout = Lookout(station.settings.target_path)
    looked = asyncio.Event()

    async def look_into(station: Station) -> None:
        await probe_all(station)
        await make_pictures(station)
        looked.set()

    # Each for itself: looking into all files takes hours at first, reading notes seconds.
    steps = {step: asyncio.Event() for step in (read_notes, look_into)}
    async with asyncio.TaskGroup() as group:
        group.create_task(lookout.watch())
        for step, walked in steps.items():
            group.create_task(_repeat(step, station, walked))
        # Hours, too, in which a film that is new must not wait for its poster.
        group.create_task(_repeat(take_stills, station, looked))
        await _follow(station, lookout, steps.values(), on_scan)


async def _follow(
    station: Station,
    lookout: Lookout,
    steps: Collection[asyncio.Event],
    on_scan: Callable[[ScanResult], None] | None,
) -> None:
    """Walk over the library whenever something has changed, and from time to time."""
    growing: frozenset[str] = frozenset()
    memory = ScanMemory()
    while True:
        started = time.monotonic()
        try:
            found = await walk(station, growing, memory)
            for walked in steps:
                walked.set()
            if on_scan is not None:
                on_scan(found)
        except Exception:  # whatever it was, the next round may go better
            _log.exception("could not walk over the library")
        # A library that takes long to walk over is not walked over all the time.
        await asyncio.sleep(min(_RESCAN, _REST * (time.monotonic() - started)))
        growing = await lookout.change(_RESCAN)


async def _repeat(
    step: Callable[[Station], Awaitable[None]], station: Station, walked: asyncio.Event
) -> None:
    """Do something after each walk; walks that come meanwhile are one."""
    while True:
        await walked.wait()
        walked.clear()
        try:
            await step(station)
        except Exception:  # as above
            _log.exception("could not look into the library")


async def walk(
    station: Station, growing: frozenset[str] = frozenset(), memory: ScanMemory | None = None
) -> ScanResult:
    """Make the catalogue follow the folder tree; listed at once, looked into later.

    `growing`: paths that are changing just now, to be left as they were. `memory`: of the walk
    before.
    """
    path, intake = station.settings.target_path, station.shelf.intake
    return await asyncio.to_thread(scan, path, intake, growing, memory)


async def read_notes(station: Station) -> None:
    """Read NFO files; one that says nothing is not tried again until it changes."""
    notes = station.shelf.catalogue.notes
    tried: set[str] = set()
    while todo := [task for task in notes.todo(_BATCH + len(tried)) if task.owner_id not in tried]:
        tried.update(task.owner_id for task in todo)
        for task in todo:
            await asyncio.to_thread(_read_note, notes, station.settings.target_path, task)


def _read_note(notes: Notes, root: Path, task: NoteTask) -> None:
    try:
        with (root / task.path).open("rb") as file:
            body = file.read(MOST_BYTES + 1)
        notes.settle(task, read_nfo(body))
    except NoteRefused as refused:
        _log.info("nothing to be read in %s: %s", task.path, refused)
        notes.settle(task, None)
    except OSError as error:  # later, perhaps
        _log.info("can't read %s: %s", task.path, error.strerror)


async def probe_all(station: Station, report: Progress | None = None) -> None:
    """Look into every file that nobody has looked into yet; bad ones leave the catalogue."""
    catalogue = station.shelf.catalogue
    total, done = catalogue.counts().unprobed, 0
    tried: set[str] = set()
    while True:
        todo = [v for v in catalogue.unprobed(_BATCH + len(tried)) if v.video_id not in tried]
        if not todo:
            return
        tried.update(video.video_id for video in todo)
        for task in asyncio.as_completed([_probe(station, video) for video in todo]):
            video = await task
            done += 1
            if report is not None:
                report(done, max(total, done), video.path)


async def _probe(station: Station, video: VideoRow) -> VideoRow:
    try:
        await station.opener.open(video.video_id, Priority.BACKGROUND)
    except SourceBroken as error:
        _log.info("%s can't be played: %s", video.path, error.reason)
    except BlobhlsError as error:
        _log.info("%s can't be looked into just now: %s", video.path, error)
    return video

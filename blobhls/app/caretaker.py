"""What goes on beside requests: scanning, probing, pictures."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from blobhls.app.station import Station
from blobhls.blob import BlobId
from blobhls.derive import Priority
from blobhls.errors import BlobhlsError, SourceBroken, Unavailable
from blobhls.index.catalogue_values import ArtworkTask, VideoRow
from blobhls.library.scan import ScanResult, scan
from blobhls.progress import Progress

_log: Final = logging.getLogger(__name__)

_RESCAN: Final = 120  # seconds between two walks over the library
_BATCH: Final = 50
_ALL: Final = 1 << 40
_POSTER: Final = (600, 900)  # pixels, the most
_BANNER: Final = (1920, 1080)
_FRAME_WIDTH: Final = 640


async def look_after(station: Station) -> None:
    """Keep catalogue, plans and pictures up to date for as long as the server runs."""
    while True:
        try:
            await walk(station)
            await probe_all(station)
            await make_pictures(station)
        except Exception:  # whatever it was, the next round may go better
            _log.exception("could not look after the library")
        await asyncio.sleep(_RESCAN)


async def walk(station: Station) -> ScanResult:
    """Make the catalogue follow the folder tree; listed at once, looked into later."""
    shelf = station.shelf
    return await asyncio.to_thread(scan, station.settings.target_path, shelf.intake)


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


async def make_pictures(station: Station) -> None:
    """Turn artwork into blobs, and take frames where there is none."""
    catalogue = station.shelf.catalogue
    while todo := catalogue.artwork_todo(_BATCH):
        try:
            await asyncio.gather(*(_make_picture(station, task) for task in todo))
        except Unavailable as error:
            _log.info("pictures have to wait: %s", error)
            return


async def make_pictures_of(station: Station, video: VideoRow) -> BlobId | None:
    """Make the pictures of a video and its show now, and return its thumbnail, if there is one."""
    catalogue = station.shelf.catalogue
    owners = {video.video_id, video.show_id}
    todo = [task for task in catalogue.artwork_todo(_ALL) if task.owner_id in owners]
    try:
        await asyncio.gather(*(_make_picture(station, task) for task in todo))
    except Unavailable as error:
        _log.info("pictures have to wait: %s", error)
    own = catalogue.video(video.video_id).thumbnail
    return own or catalogue.show(video.show_id).pictures.thumbnail


async def _make_picture(station: Station, task: ArtworkTask) -> None:
    """Make one picture; what can't be made is not tried again until its file changes."""
    path = station.settings.target_path / task.path
    width, height = _BANNER if task.kind == "banner" else _POSTER
    try:
        if task.is_frame:
            info = await station.maker.picture("frame", str(path), _FRAME_WIDTH, subject=path.name)
        else:
            info = await station.maker.picture(
                "artwork", str(path), width, height, subject=path.name
            )
    except Unavailable:
        raise
    except BlobhlsError as error:
        _log.info("no picture from %s: %s", task.path, error)
        station.shelf.catalogue.set_artwork(task.owner_id, task.kind, None)
        return
    station.shelf.catalogue.set_artwork(task.owner_id, task.kind, info.blob_id)

"""Renders artwork into blobs, and frames for titles without artwork."""

from __future__ import annotations

import asyncio
import logging
import os
from functools import partial
from typing import Final

import msgspec

from blobhls.app.services import Services
from blobhls.blob import BlobId
from blobhls.errors import BlobhlsError, Unavailable
from blobhls.index.catalogue.rows import ArtworkTask, StillTask, VideoRow
from blobhls.media.jobs import Artwork, Frame, ImageJob, Logo, Poster
from blobhls.media.references import LibraryFile, StagedFile
from blobhls.transfer.share import thumbnail_of

_log: Final = logging.getLogger(__name__)

_BATCH: Final = 50
_ALL: Final = 1 << 40
_POSTER: Final = (600, 900)  # pixels, the most
_WIDE: Final = (1920, 1080)
_LOGO: Final = (800, 320)
_STILL: Final = 640  # pixels, the width of a frame in a list
_BACKDROP: Final = 1280  # of a frame behind a whole page


async def make_artwork(services: Services) -> None:
    """Render artwork into blobs, and frames for shows without artwork."""
    catalogue, index = services.storage.catalogue, services.storage.index
    try:
        while todo := await index.read(catalogue.artwork_todo, _BATCH):
            await asyncio.gather(*(_make_artwork(services, task) for task in todo))
    except Unavailable as error:
        _log.info("artwork has to wait: %s", error)


async def take_stills(services: Services) -> None:
    """Render a frame of every surveyed episode and extra without thumbnail."""
    catalogue, index = services.storage.catalogue, services.storage.index
    try:
        after = ""
        while stills := await index.read(catalogue.stills_todo, _BATCH, after):
            await asyncio.gather(*(_take_still(services, task) for task in stills))
            after = stills[-1].path
    except Unavailable as error:
        _log.info("artwork has to wait: %s", error)


async def make_artwork_of(services: Services, video: VideoRow) -> BlobId | None:
    """Render the artwork of a video and its show now; return its thumbnail, if there is one."""
    catalogue, index = services.storage.catalogue, services.storage.index
    owners = {video.video_id, video.show_id}
    every = await index.read(catalogue.artwork_todo, _ALL)
    todo = [task for task in every if task.owner_id in owners]
    try:
        await asyncio.gather(*(_make_artwork(services, task) for task in todo))
    except Unavailable as error:
        _log.info("artwork has to wait: %s", error)
    return await index.read(thumbnail_of, catalogue, video.video_id)


async def _make_artwork(services: Services, task: ArtworkTask) -> None:
    """Render one image; after a failure it is not tried again until its file changes."""
    blob_id = await _render(services, task)
    if blob_id is None and not task.is_frame and task.kind in {"thumbnail", "banner"}:
        blob_id = await _make_fallback_frame(services, task)
    catalogue, index = services.storage.catalogue, services.storage.index
    await index.write(catalogue.set_artwork, task.owner_id, task.kind, blob_id)


async def _make_fallback_frame(services: Services, task: ArtworkTask) -> BlobId | None:
    """Return a frame for a show whose image file is damaged."""
    if task.owner_id != task.show_id:
        return None
    catalogue, index = services.storage.catalogue, services.storage.index
    first = (await index.read(catalogue.show, task.show_id)).videos[0]
    return await _render(services, msgspec.structs.replace(task, path=first.path, is_frame=True))


async def _take_still(services: Services, task: StillTask) -> None:
    blob_id = await _render(services, task)
    catalogue, index = services.storage.catalogue, services.storage.index
    await index.write(catalogue.set_still, task, blob_id)


async def _render(services: Services, task: ArtworkTask) -> BlobId | None:
    """Render an image; None if it can't be rendered. Raises `Unavailable`."""
    try:
        info = await services.renderer.render_image(partial(_job, task))
    except Unavailable:
        raise
    except BlobhlsError as error:
        _log.info("no image from %s: %s", task.path, error)
        return None
    return info.blob_id


def _job(task: ArtworkTask, output: StagedFile) -> ImageJob:
    """Return the job that renders an image."""
    source = LibraryFile(os.fsencode(task.path))
    if task.is_frame and task.kind == "banner":
        return Frame(output, source, _BACKDROP)
    if task.is_frame and task.owner_id == task.show_id:
        return Poster(output, source)
    if task.is_frame:
        return Frame(output, source, _STILL)
    if task.kind == "logo":
        return Logo(output, source, *_LOGO)
    return Artwork(output, source, *(_POSTER if task.kind == "thumbnail" else _WIDE))

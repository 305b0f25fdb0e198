"""Common code of the sub-commands: services for one command, and its videos."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import uvloop

from blobhls.app.services import Services, Storage, open_services, open_storage
from blobhls.errors import BadRequest, BlobhlsError, VideoUnknown
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.rows import VideoRow
from blobhls.names.folders import path_id
from blobhls.progress import Progress
from blobhls.settings import Settings

T = TypeVar("T")

_LOOK: Final = 0.2  # seconds between two reports of progress


class SealReport(msgspec.Struct, frozen=True):
    """The outcome of sealing one video."""

    video_id: str
    title: str
    root: str | None  # SHA-256 of the master playlist
    problem: str | None


def run(settings: Settings, work: Callable[[Services], Awaitable[T]]) -> T:
    """Open all services, and do `work` with them."""

    async def run_all() -> T:
        async with open_services(settings) as services:
            return await work(services)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run_all())


def run_on_storage(
    settings: Settings, work: Callable[[Storage], Awaitable[T]], *, alone: bool = False
) -> T:
    """Open index and store, and do `work` with them.

    `alone`: with an exclusive lock, so that no other blobhls uses them.
    """

    async def run_all(storage: Storage) -> T:
        try:
            return await work(storage)
        finally:
            await storage.index.close()

    with open_storage(settings, alone=alone) as storage:
        return asyncio.run(run_all(storage))


async def chosen_videos(
    services: Services, names: Sequence[str], *, everything: bool
) -> list[VideoRow]:
    """Return the videos with these ids or paths, or every video of the library."""
    if everything:
        shows, _ = await services.storage.index.read(services.storage.catalogue.shows)
        return [video for show in shows for video in (*show.videos, *show.others, *show.extras)]
    return [await named_video(services, name) for name in names]


async def named_video(services: Services, name: str) -> VideoRow:
    """Return the video with an id or a path; raises `BadRequest`."""
    root, catalogue = services.settings.target_path, services.storage.catalogue
    return await services.storage.index.read(_named_video, root, catalogue, name)


def _named_video(library: Path, catalogue: Catalogue, name: str) -> VideoRow:
    root = library.resolve()
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
        raise BadRequest(f"no video {name!r} in {library}") from error


async def seal_video(
    services: Services, video: VideoRow, renditions: Sequence[str], progress: Progress
) -> SealReport:
    """Seal renditions of a video, without names the cheap ones; failures are in the report."""
    try:
        planned = await services.plans.open(video.video_id)
        task = asyncio.create_task(services.sealer.seal(planned, renditions))
        sealing = None
        while not task.done():
            await asyncio.wait([task], timeout=_LOOK)
            sealing = services.sealer.progress(video.video_id)
            if sealing is not None:
                progress(sealing.done, sealing.total, video.title)
        root = task.result()
    except BlobhlsError as error:
        return SealReport(video.video_id, video.title, None, str(error))
    problems = "; ".join(f"{n}: {why}" for n, why in (sealing.problems if sealing else {}).items())
    return SealReport(
        video.video_id, video.title, None if root is None else root.blob_id, problems or None
    )

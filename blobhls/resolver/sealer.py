"""Sealing: binds every window of a rendition, and writes its playlists as blobs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec
from cachetools import FIFOCache

from blobhls.blob import BlobId, BlobInfo, blob_name, type_of
from blobhls.errors import BlobhlsError
from blobhls.index.access import Index
from blobhls.index.ledger.sources import Root, Seal, SourceIndex
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.recipe import CutAudio, Recipe
from blobhls.resolver.batches import batches, run_all
from blobhls.resolver.iframe_blobs import sealed_iframes
from blobhls.resolver.plans import PlannedVideo
from blobhls.resolver.playlists.playlists import (
    Bitrate,
    IFrameLink,
    master_playlist,
    sealed_playlist,
)
from blobhls.vault import Vault
from blobhls.workers import Priority

_log: Final = logging.getLogger(__name__)

_AT_ONCE: Final = 8  # concurrent batches, of all videos together
_KEPT: Final = 1_000  # outcomes remembered
_PLAYLIST: Final = type_of("m3u8")

SealState = Literal["sealing", "sealed", "failed"]


class SealProgress(msgspec.Struct):
    """Progress of sealing one video. Mutable."""

    video_id: str
    renditions: tuple[str, ...] = ()
    done: int = 0  # segments
    total: int = 0
    state: SealState = "sealing"
    problems: dict[str, str] = {}  # rendition → why it could not be sealed


class _SealRun(msgspec.Struct, eq=False):
    """The sealing of a plan: a task for each rendition, and one that waits for all of them."""

    planned: PlannedVideo
    sealing: SealProgress
    tasks: set[asyncio.Task[None]]
    whole: asyncio.Task[Root | None] | None = None


class Sealer:
    """Seals videos, and returns seals and roots. To be used from one event loop."""

    def __init__(self, vault: Vault, source_index: SourceIndex, index: Index) -> None:
        self._vault = vault
        self._source_index = source_index
        self._index = index
        self._runs: dict[str, _SealRun] = {}  # by video_id
        self._ended: FIFOCache[str, SealProgress] = FIFOCache(_KEPT)  # by video_id
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._listeners: list[Callable[[SealProgress], None]] = []

    def on_progress(self, listener: Callable[[SealProgress], None]) -> None:
        """Have `listener` called whenever the sealing of a video has made progress, or ended."""
        self._listeners.append(listener)

    async def seals(self, planned: PlannedVideo) -> dict[str, Seal]:
        """Return the sealed renditions of a video by name."""
        # Read in a thread: a seal names every segment of its rendition.
        return await self._index.read(self._source_index.seals, planned.plan_id)

    async def roots(self, planned: PlannedVideo) -> list[Root]:
        """Return the roots of a video, newest first, withdrawn ones included."""
        return await self._index.lookup(self._source_index.roots, planned.plan_id)

    async def root(self, planned: PlannedVideo) -> Root | None:
        """Return the newest root that can be served."""
        roots = await self.roots(planned)
        return next((root for root in roots if root.withdrawn is None), None)

    def progress(self, video_id: str) -> SealProgress | None:
        """Return the progress or outcome of the last sealing of a video; None if it never began."""
        run = self._runs.get(video_id)
        return self._ended.get(video_id) if run is None else run.sealing

    def start(self, planned: PlannedVideo, names: Sequence[str] = ()) -> SealProgress:
        """Start to seal renditions, without `names` the cheap ones; return the progress.

        Sealed renditions stay sealed. If the video is being sealed already, the renditions are
        added, and one root is written for all. Raises `RenditionUnknown`.
        """
        return self._join_run(planned, names).sealing

    async def seal(self, planned: PlannedVideo, names: Sequence[str] = ()) -> Root | None:
        """Seal, and return the root; None if there is none. `progress` tells the progress."""
        run = self._join_run(planned, names)
        return None if run.whole is None else await asyncio.shield(run.whole)

    async def close(self) -> None:
        """Stop sealing; bound segments stay bound."""
        wholes = [run.whole for run in self._runs.values() if run.whole is not None]
        for whole in wholes:
            whole.cancel()
        await asyncio.gather(*wholes, return_exceptions=True)

    def _join_run(self, planned: PlannedVideo, names: Sequence[str]) -> _SealRun:
        wanted = _wanted(planned.plan, names)
        video_id = planned.video.video_id
        run = self._runs.get(video_id)
        if run is None or run.planned.plan_id != planned.plan_id:  # or its file has changed
            run = _SealRun(planned, SealProgress(video_id), set())
            self._runs[video_id] = run
            run.whole = asyncio.create_task(self._finish_run(run))
        for rendition in wanted:
            if rendition.name not in run.sealing.renditions:
                run.sealing.renditions = (*run.sealing.renditions, rendition.name)
                run.sealing.total += rendition.count
                run.tasks.add(asyncio.create_task(self._seal_one(planned, rendition, run.sealing)))
        return run

    async def _finish_run(self, run: _SealRun) -> Root | None:
        """Wait for every rendition, also those that are added meanwhile, and write the root."""
        root = None
        try:
            while True:
                await _wait_for_all(run.tasks)
                root = await self._write_root(run.planned)
                if not run.tasks:  # else a rendition was added meanwhile
                    break
        except Exception:  # a bug; perhaps no caller waits
            _log.exception("could not seal %s", run.sealing.video_id)
            run.sealing.problems = {**run.sealing.problems, "": "internal error"}
        finally:
            # From here on no rendition can be added.
            run.sealing.state = "failed" if root is None or run.sealing.problems else "sealed"
            self._end_run(run)
            for task in run.tasks:
                task.cancel()
            await asyncio.gather(*run.tasks, return_exceptions=True)
        return root

    def _end_run(self, run: _SealRun) -> None:
        """Replace a run that has ended by its outcome."""
        video_id = run.sealing.video_id
        if self._runs.get(video_id) is run:
            del self._runs[video_id]
        self._ended[video_id] = run.sealing
        self._notify(run.sealing)

    def _notify(self, sealing: SealProgress) -> None:
        for listener in self._listeners:
            listener(sealing)

    async def _seal_one(
        self, planned: PlannedVideo, rendition: Rendition, sealing: SealProgress
    ) -> None:
        known = (await self.seals(planned)).get(rendition.name)
        try:
            seal = known or await self._bind_all(planned.plan, rendition, sealing)
        except BlobhlsError as error:
            sealing.problems = {**sealing.problems, rendition.name: str(error)}
            return
        if seal.iframes is None:  # new, or sealed by a version without I-frame playlists
            iframes = await sealed_iframes(self._vault, planned.plan, rendition, seal.parts)
            seal = msgspec.structs.replace(seal, iframes=iframes)
        if known is not None:
            sealing.done += rendition.count
            self._notify(sealing)
        if seal != known:
            await self._index.write(self._source_index.seal, planned.plan_id, rendition.name, seal)

    async def _bind_all(self, plan: Plan, rendition: Rendition, sealing: SealProgress) -> Seal:
        init = plan.init(rendition)
        head = None if init is None else await self._vault.obtain(init, Priority.SEAL)
        wanted = [plan.recipe(rendition, number) for number in range(rendition.count)]

        async def bind(batch: Sequence[Recipe]) -> list[BlobInfo]:
            async with self._room:
                infos = await self._bind_batch(batch)
            sealing.done += len(batch)
            self._notify(sealing)
            return infos

        bound = await run_all(bind(batch) for batch in batches(wanted))
        segments = [info for batch in bound for info in batch]
        text, rate = sealed_playlist(plan, rendition, segments, head)
        playlist = await self._vault.put(text.encode(), _PLAYLIST)
        named = [info.blob_id for info in (head, *segments) if info is not None]
        return Seal(playlist.blob_id, rate.peak, rate.average, tuple(named))

    async def _bind_batch(self, batch: Sequence[Recipe]) -> list[BlobInfo]:
        if len(batch) == 1:
            return [await self._vault.obtain(batch[0], Priority.SEAL)]
        infos = []
        for outcome in await self._vault.obtain_batch(batch, Priority.SEAL):
            if isinstance(outcome, BlobhlsError):
                raise outcome
            infos.append(outcome)
        return infos

    async def _write_root(self, planned: PlannedVideo) -> Root | None:
        """Write the master playlist of the sealed renditions; None if no video is among them."""
        seals = await self.seals(planned)
        sealed = [r for r in planned.plan.renditions if r.name in seals]
        leading = planned.plan.renditions[0].kind
        if not any(r.kind == leading for r in sealed):
            return None
        text = master_playlist(
            sealed,
            lambda r: blob_name(seals[r.name].blob_id, _PLAYLIST),
            {name: Bitrate(seal.bandwidth, seal.average) for name, seal in seals.items()},
            iframe_links(seals, lambda blob_id: blob_name(blob_id, _PLAYLIST)),
        )
        info = await self._vault.put(text.encode(), _PLAYLIST)
        root = Root(info.blob_id, tuple(r.name for r in sealed), time.time(), None)
        newest = await self.root(planned)
        if newest is None or newest.blob_id != root.blob_id:
            await self._index.write(self._source_index.add_root, planned.plan_id, root)
            newest = root
        return newest


async def _wait_for_all(tasks: set[asyncio.Task[None]]) -> None:
    """Wait until every task has ended, also those that are added; raises their errors."""
    while tasks:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        tasks -= done
        for task in done:
            task.result()


def iframe_links(seals: Mapping[str, Seal], uri: Callable[[BlobId], str]) -> dict[str, IFrameLink]:
    """Return the links to the sealed I-frame playlists, by rendition name."""
    sealed = {name: seal.iframes for name, seal in seals.items() if seal.iframes is not None}
    return {
        name: IFrameLink(uri(iframes.blob_id), Bitrate(iframes.bandwidth, iframes.average))
        for name, iframes in sealed.items()
    }


def _wanted(plan: Plan, names: Iterable[str]) -> list[Rendition]:
    chosen = {plan.rendition(name).name for name in names}
    if not chosen:
        chosen = {r.name for r in plan.renditions if is_cheap(r)}
    return [r for r in plan.renditions if r.name in chosen]


def is_cheap(rendition: Rendition) -> bool:
    """Say whether sealing takes little time and space, so that it is done by default.

    The ladder takes long, and encoded surround audio stays on the disk: 0.3 GB an hour.
    """
    if rendition.surround:
        return isinstance(rendition.template, CutAudio)
    return rendition.kind != "video" or rendition.name.startswith("source_")

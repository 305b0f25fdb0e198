"""Sealing: bind every window of a rendition, and write its playlists as blobs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec

from blobhls.blob import BlobInfo, blob_name, type_of
from blobhls.derive import Priority
from blobhls.errors import BlobhlsError
from blobhls.index.sources import Root, Seal, SourceIndex
from blobhls.media.plan import Plan, Rendition
from blobhls.recipe import EncodeVideo, Recipe
from blobhls.resolver.opening import Opened, Opener
from blobhls.resolver.playlists import Bitrate, master_playlist, measured, media_playlist
from blobhls.vault import Vault

_log: Final = logging.getLogger(__name__)

_RUN: Final = 10  # cheap recipes that a worker takes at a time
_AT_ONCE: Final = 8  # batches handed to the workers at the same time, of all videos together
_KEPT: Final = 1_000  # outcomes remembered
_PLAYLIST: Final = type_of("m3u8")

Report = Callable[[int, int], None]
State = Literal["sealing", "sealed", "failed"]


class Sealing(msgspec.Struct):
    """One video being sealed. Changes while it goes on."""

    video_id: str
    renditions: tuple[str, ...]
    done: int = 0  # segments
    total: int = 0
    state: State = "sealing"
    problems: dict[str, str] = {}  # rendition → why it could not be sealed


class Sealer:
    """Seals videos, one task a video, and knows what is sealed."""

    def __init__(self, vault: Vault, opener: Opener, sources: SourceIndex) -> None:
        self._vault = vault
        self._opener = opener
        self._sources = sources
        self._tasks: dict[str, asyncio.Task[Root | None]] = {}
        self._progress: dict[str, Sealing] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)

    def seals(self, opened: Opened) -> dict[str, Seal]:
        """Return the sealed renditions of a video by name."""
        return self._sources.seals(opened.plan_id)

    def roots(self, opened: Opened) -> list[Root]:
        """Return the roots of a video, newest first, withdrawn ones included."""
        return self._sources.roots(opened.plan_id)

    def root(self, opened: Opened) -> Root | None:
        """Return the newest root that can be served."""
        return next((root for root in self.roots(opened) if root.withdrawn is None), None)

    def progress(self, video_id: str) -> Sealing | None:
        """Return how far a video is, or how its last sealing ended; None if it never began."""
        return self._progress.get(video_id)

    def start(self, opened: Opened, names: Sequence[str] = ()) -> Sealing:
        """Begin to seal some renditions, without names the cheap ones; returns the progress.

        What is sealed already stays so. While a video is being sealed, asking for more waits for
        it first. Raises `RenditionUnknown`.
        """
        wanted = self._wanted(opened.plan, names)
        video_id = opened.video.video_id
        running = self._tasks.get(video_id)
        current = self._progress.get(video_id)
        if running is not None and current is not None:
            if {r.name for r in wanted} <= set(current.renditions):
                return current
            wanted = self._wanted(opened.plan, [*current.renditions, *(r.name for r in wanted)])
        sealing = Sealing(video_id, tuple(r.name for r in wanted))
        sealing.total = sum(r.count for r in wanted)
        while len(self._progress) >= _KEPT:
            self._progress.pop(next(iter(self._progress)))
        self._progress[video_id] = sealing
        task = asyncio.create_task(self._after(running, opened, wanted, sealing))
        self._tasks[video_id] = task
        task.add_done_callback(lambda done: self._ended(video_id, done))
        return sealing

    async def seal(self, opened: Opened, names: Sequence[str] = ()) -> Root | None:
        """Seal and wait for it; None if it gave no root. `progress` tells how far it is."""
        self.start(opened, names)
        task = self._tasks.get(opened.video.video_id)
        return self.root(opened) if task is None else await asyncio.shield(task)

    async def close(self) -> None:
        """Stop sealing; what is bound stays bound."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, video_id: str, task: asyncio.Task[Root | None]) -> None:
        if self._tasks.get(video_id) is task:
            del self._tasks[video_id]
        if task.cancelled() or task.exception() is None:
            return
        _log.error("could not seal %s", video_id, exc_info=task.exception())
        sealing = self._progress.get(video_id)
        if sealing is not None:
            sealing.state = "failed"

    def _wanted(self, plan: Plan, names: Iterable[str]) -> list[Rendition]:
        chosen = {plan.rendition(name).name for name in names}
        if not chosen:
            chosen = {r.name for r in plan.renditions if is_cheap(r)}
        return [r for r in plan.renditions if r.name in chosen]

    async def _after(
        self,
        before: asyncio.Task[Root | None] | None,
        opened: Opened,
        wanted: list[Rendition],
        sealing: Sealing,
    ) -> Root | None:
        if before is not None:
            await asyncio.wait([before])
        await asyncio.gather(*(self._seal_one(opened, r, sealing) for r in wanted))
        root = self._write_root(opened)
        sealing.state = "failed" if root is None or sealing.problems else "sealed"
        return root

    async def _seal_one(self, opened: Opened, rendition: Rendition, sealing: Sealing) -> None:
        if rendition.name in self._sources.seals(opened.plan_id):
            sealing.done += rendition.count
            return
        try:
            seal = await self._sealed(opened.plan, rendition, sealing)
        except BlobhlsError as error:
            sealing.problems = {**sealing.problems, rendition.name: str(error)}
            return
        self._sources.seal(opened.plan_id, rendition.name, seal)

    async def _sealed(self, plan: Plan, rendition: Rendition, sealing: Sealing) -> Seal:
        init = plan.init(rendition)
        head = None if init is None else await self._vault.obtain(init, Priority.SEAL)
        wanted = [plan.recipe(rendition, number) for number in range(rendition.count)]

        async def bind(batch: Sequence[Recipe]) -> list[BlobInfo]:
            async with self._room:
                infos = await self._bound(batch)
            sealing.done += len(batch)
            return infos

        batches = await asyncio.gather(*(bind(batch) for batch in _batches(wanted)))
        parts = [info for batch in batches for info in batch]
        rate = measured([info.size for info in parts], plan.durations(rendition))
        name = None if head is None else head.name
        text = media_playlist(plan, rendition, lambda n: parts[n].name, name)
        playlist = self._vault.put(text.encode(), _PLAYLIST)
        named = [info.blob_id for info in (head, *parts) if info is not None]
        return Seal(playlist.blob_id, rate.peak, rate.average, tuple(named))

    async def _bound(self, batch: Sequence[Recipe]) -> list[BlobInfo]:
        if len(batch) == 1:
            return [await self._vault.obtain(batch[0], Priority.SEAL)]
        infos = []
        for outcome in await self._vault.obtain_run(batch, Priority.SEAL):
            if isinstance(outcome, BlobhlsError):
                raise outcome
            infos.append(outcome)
        return infos

    def _write_root(self, opened: Opened) -> Root | None:
        """Write the master playlist of all that is sealed; None while its picture is not."""
        seals = self._sources.seals(opened.plan_id)
        sealed = [r for r in opened.plan.renditions if r.name in seals]
        leading = opened.plan.renditions[0].kind
        if not any(r.kind == leading for r in sealed):
            return None
        text = master_playlist(
            sealed,
            lambda r: blob_name(seals[r.name].blob_id, _PLAYLIST),
            {name: Bitrate(seal.bandwidth, seal.average) for name, seal in seals.items()},
        )
        info = self._vault.put(text.encode(), _PLAYLIST)
        root = Root(info.blob_id, tuple(r.name for r in sealed), time.time(), None)
        newest = self.root(opened)
        if newest is None or newest.blob_id != root.blob_id:
            self._sources.add_root(opened.plan_id, root)
            newest = root
        return newest


def is_cheap(rendition: Rendition) -> bool:
    """Say whether sealing needs no ladder encode: sealed unless the operator asks otherwise."""
    return rendition.kind != "video" or rendition.name.startswith("source_")


def _batches(recipes: Sequence[Recipe]) -> Iterator[Sequence[Recipe]]:
    """Yield encodes one by one, and cheap recipes in runs: each run opens the file once."""
    step = 1 if recipes and isinstance(recipes[0], EncodeVideo) else _RUN
    for first in range(0, len(recipes), step):
        yield recipes[first : first + step]

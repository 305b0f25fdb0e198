"""`PUT /media` (BUD-05): an uploaded video becomes an HLS tree, a picture a smaller picture.

Unlike what is sealed, nothing here can be made again: the upload is gone afterwards. So the bytes
are kept without recipe, by whoever knows whose they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from blobhls.blob import BlobInfo, type_of
from blobhls.errors import (
    RenderFailed,
    SourceBroken,
    TooLarge,
    TypeRefused,
    WorkerFailed,
    WorkersBusy,
)
from blobhls.media.bitstream.signatures import SNIFFED, sniff
from blobhls.media.error_values import ErrorValue
from blobhls.media.jobs import OptimiseImage, RenderBatch, Survey
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.references import StagedFile
from blobhls.media.results import FileFacts, IFrame, RenderedBlob
from blobhls.recipe import Recipe
from blobhls.resolver.batches import batches, run_all
from blobhls.resolver.iframe_playlists import iframe_playlist
from blobhls.resolver.optimise.optimise_plan import distribution_plan
from blobhls.resolver.optimise.staged_blobs import KeepBlobs, StagedTree
from blobhls.resolver.playlists import Bitrate, IFrameLink, master_playlist, sealed_playlist
from blobhls.resolver.upload_facts import describe
from blobhls.workers import Priority, WorkerPool

_AT_ONCE: Final = 4  # batches handed to the workers at the same time, of all uploads together
_MOST_UPLOADS: Final = 4  # at work; each holds its tree in staging
_SURVEY_TIMEOUT: Final = 300  # seconds; without an index, all of the file is read
_PLAYLIST: Final = type_of("m3u8")
_PICTURES: Final = ("image/jpeg", "image/png", "image/webp")


class OptimiseLimits(msgspec.Struct, frozen=True):
    """What is taken, and how large it comes out."""

    most_height: int = 720  # pixels of the short side of a video
    most_duration: float = 600  # seconds of a video
    most_side: int = 2048  # pixels of the long side of a picture


class OptimisedUpload(msgspec.Struct, frozen=True):
    """What became of an upload."""

    root: BlobInfo  # what the upload is known by from now on
    parts: tuple[BlobInfo, ...]  # all that hangs on it; of a picture: nothing
    facts: FileFacts  # of the root: size of the best picture, seconds, blurhash


class _Rendered(msgspec.Struct, frozen=True):
    """All of a rendition."""

    playlists: tuple[BlobInfo, ...]  # the rendition's, then that of its key frames if it has one
    rate: Bitrate
    iframes: Bitrate | None
    segments: list[BlobInfo]


class Optimizer:
    """Makes uploads fit for distribution. To be used from one event loop."""

    def __init__(
        self, workers: WorkerPool, staging: Callable[[], Path], limits: OptimiseLimits
    ) -> None:
        """`staging` returns new paths on the store's file system, as `BlobStore.staging` does."""
        self._workers = workers
        self._staging = staging
        self._limits = limits
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._going = 0

    @staticmethod
    def takes(media_type: str) -> bool:
        """Say whether files of this type can be optimised; for `HEAD /media`."""
        kind = media_type.partition(";")[0].strip().lower()
        return kind in _PICTURES or kind.startswith("video/")

    async def optimise(self, source: Path, media_type: str, keep: KeepBlobs) -> OptimisedUpload:
        """Optimise a file that its sender calls a `media_type`; what it is, its bytes tell.

        `keep` is called once, when all is made; its errors are raised. The file is the caller's
        to remove, whatever happens. Whatever happens before `keep`, nothing is left behind; once
        begun, `keep` goes on to its end even if nobody waits any more.

        Raises `TypeRefused` for what is neither JPEG, PNG, WebP nor video, `TooLarge` for a video
        that lasts too long, `SourceBroken` or `RenderFailed` with a reason, `StoreFull`, or
        `WorkersBusy`.
        """
        kind = await asyncio.to_thread(_sniffed, source) or media_type
        if not self.takes(kind):
            raise TypeRefused("only JPEG, PNG and WebP pictures and videos are optimised here")
        if self._going >= _MOST_UPLOADS:
            raise WorkersBusy("too many uploads are being optimised just now")
        self._going += 1
        work = StagedTree(source, self._staging)
        try:
            made = await (self._picture(work) if kind in _PICTURES else self._video(work))
            await work.hand_over(keep)
        finally:
            self._going -= 1
            work.discard()
        return made

    async def _picture(self, work: StagedTree) -> OptimisedUpload:
        staged = work.new_path()
        source, output = StagedFile(work.source.name), StagedFile(staged.name)
        job = OptimiseImage(source, self._limits.most_side, output)
        try:
            made = await self._workers.run(job, Priority.SEAL)
        except WorkerFailed as error:
            raise SourceBroken(error.reason) from error
        work.add(staged, made.info)
        return OptimisedUpload(made.info, (), made.facts)

    async def _video(self, work: StagedTree) -> OptimisedUpload:
        plan = distribution_plan(await self._planned(work.source), self._limits.most_height)
        made = await run_all(self._rendition(plan, each, work) for each in plan.renditions)
        by_name = {r.name: each for r, each in zip(plan.renditions, made, strict=True)}
        text = master_playlist(
            plan.renditions,
            lambda r: by_name[r.name].playlists[0].name,
            {name: each.rate for name, each in by_name.items()},
            {
                name: IFrameLink(each.playlists[1].name, each.iframes)
                for name, each in by_name.items()
                if each.iframes is not None
            },
        )
        source = StagedFile(work.source.name)
        facts = await describe(self._workers, source, "", Priority.SEAL)
        best = plan.renditions[0]
        return OptimisedUpload(
            root=work.write(text, _PLAYLIST),
            parts=tuple(info for each in made for info in (*each.playlists, *each.segments)),
            facts=FileFacts(
                best.width, best.height, float(plan.duration), facts.blurhash, _PLAYLIST
            ),
        )

    async def _planned(self, source: Path) -> Plan:
        """Return the plan of an upload; raises `TypeRefused`, `TooLarge` or `SourceBroken`."""
        job = Survey(StagedFile(source.name))
        try:
            found = await self._workers.run(job, Priority.SEAL, within=_SURVEY_TIMEOUT)
        except WorkerFailed as error:
            raise SourceBroken(error.reason) from error
        plan = msgspec.json.decode(found.plan, type=Plan)
        if plan.renditions[0].kind != "video":
            raise TypeRefused("there is no picture in it: only videos are optimised here")
        if found.duration > self._limits.most_duration:
            raise TooLarge(
                f"it lasts {found.duration:.0f} seconds, "
                f"and {self._limits.most_duration:g} are optimised at most"
            )
        return plan

    async def _rendition(self, plan: Plan, rendition: Rendition, work: StagedTree) -> _Rendered:
        wanted = [plan.recipe(rendition, number) for number in range(rendition.count)]
        made = await run_all(self._segments(batch, work) for batch in batches(wanted))
        parts = [info for batch in made for info, _ in batch]
        text, rate = sealed_playlist(plan, rendition, parts, None)
        playlist = work.write(text, _PLAYLIST)
        found = [iframes for batch in made for _, iframes in batch]
        keys = iframe_playlist(plan, rendition, found, lambda n: parts[n].name, None)
        if keys is None:
            return _Rendered((playlist,), rate, None, parts)
        return _Rendered((playlist, work.write(keys[0], _PLAYLIST)), rate, keys[1], parts)

    async def _segments(
        self, batch: Sequence[Recipe], work: StagedTree
    ) -> list[tuple[BlobInfo, tuple[IFrame, ...]]]:
        staged = tuple(work.new_path() for _ in batch)
        source, outputs = StagedFile(work.source.name), [StagedFile(path.name) for path in staged]
        job = RenderBatch(source, tuple(batch), tuple(outputs))
        within = job.timeout if job.heavy else job.timeout * len(batch)
        async with self._room:
            try:
                run = await self._workers.run(job, Priority.SEAL, within=within)
            except WorkerFailed as error:
                raise RenderFailed(batch[0].recipe_id, error.reason) from error
        return [
            _added(work, path, recipe, outcome)
            for recipe, path, outcome in zip(batch, staged, run.outcomes, strict=True)
        ]


def _added(
    work: StagedTree, path: Path, recipe: Recipe, outcome: RenderedBlob | ErrorValue
) -> tuple[BlobInfo, tuple[IFrame, ...]]:
    if isinstance(outcome, ErrorValue):
        raise outcome.error()
    info = BlobInfo(outcome.blob_id, outcome.size, recipe.media_type)
    return work.add(path, info), outcome.iframes


def _sniffed(path: Path) -> str | None:
    with path.open("rb") as file:
        return sniff(file.read(SNIFFED))

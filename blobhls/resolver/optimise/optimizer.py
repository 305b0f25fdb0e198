"""`PUT /media` (BUD-05): an uploaded video becomes an HLS tree, an image a smaller image.

Unlike sealed blobs, these blobs can't be rendered again, as the upload is deleted. So the caller
stores them without a recipe, for their owner.
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
from blobhls.resolver.optimise.optimise_plan import distribution_plan
from blobhls.resolver.optimise.staged_blobs import KeepBlobs, StagedTree
from blobhls.resolver.playlists.iframe_playlists import iframe_playlist
from blobhls.resolver.playlists.playlists import (
    Bitrate,
    IFrameLink,
    master_playlist,
    sealed_playlist,
)
from blobhls.resolver.upload_facts import describe
from blobhls.workers import Priority, WorkerPool

_AT_ONCE: Final = 4  # concurrent batches, of all uploads together
_MOST_UPLOADS: Final = 4  # concurrent; each has its tree in staging
_SURVEY_TIMEOUT: Final = 300  # seconds; without an index, all of the file is read
_PLAYLIST: Final = type_of("m3u8")
_IMAGES: Final = ("image/jpeg", "image/png", "image/webp")


class OptimiseLimits(msgspec.Struct, frozen=True):
    """Limits of the uploads and of the results."""

    most_height: int = 720  # pixels of the short side of a video
    most_duration: float = 600  # seconds of a video
    most_side: int = 2048  # pixels of the long side of an image


class OptimisedUpload(msgspec.Struct, frozen=True):
    """The result of optimising an upload."""

    root: BlobInfo  # the root playlist, or the image
    parts: tuple[BlobInfo, ...]  # all other blobs of the tree; none for an image
    facts: FileFacts  # of the root: size of the best video, seconds, blurhash


class _Rendered(msgspec.Struct, frozen=True):
    """A complete rendition."""

    playlists: tuple[BlobInfo, ...]  # the media playlist, then the I-frame playlist if there is one
    rate: Bitrate
    iframes: Bitrate | None
    segments: list[BlobInfo]


class Optimizer:
    """Optimises uploads for distribution. To be used from one event loop."""

    def __init__(
        self, workers: WorkerPool, staging: Callable[[], Path], limits: OptimiseLimits
    ) -> None:
        """`staging` returns new paths on the store's file system, as `BlobStore.staging` does."""
        self._workers = workers
        self._staging = staging
        self._limits = limits
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._running = 0

    @staticmethod
    def takes(media_type: str) -> bool:
        """Say whether files of this type can be optimised; for `HEAD /media`."""
        kind = media_type.partition(";")[0].strip().lower()
        return kind in _IMAGES or kind.startswith("video/")

    async def optimise(self, source: Path, media_type: str, keep: KeepBlobs) -> OptimisedUpload:
        """Optimise a file; its type is sniffed, `media_type` is the one that the client gave.

        `keep` is called once, when all blobs are rendered; its errors are raised. The caller
        removes the file. If anything fails before `keep`, no file is left behind. Once begun,
        `keep` is completed even if the caller is cancelled.

        Raises `TypeRefused` for a file that is neither JPEG, PNG, WebP nor video, `TooLarge` for a
        video that is too long, `SourceBroken` or `RenderFailed` with a reason, `StoreFull`, or
        `WorkersBusy`.
        """
        kind = await asyncio.to_thread(_sniffed, source) or media_type
        if not self.takes(kind):
            raise TypeRefused("only JPEG, PNG and WebP images and videos are optimised here")
        if self._running >= _MOST_UPLOADS:
            raise WorkersBusy("too many uploads are being optimised just now")
        self._running += 1
        work = StagedTree(source, self._staging)
        try:
            made = await (
                self._optimise_image(work) if kind in _IMAGES else self._optimise_video(work)
            )
            await work.hand_over(keep)
        finally:
            self._running -= 1
            work.discard()
        return made

    async def _optimise_image(self, work: StagedTree) -> OptimisedUpload:
        staged = work.new_path()
        source, output = StagedFile(work.source.name), StagedFile(staged.name)
        job = OptimiseImage(source, self._limits.most_side, output)
        try:
            made = await self._workers.run(job, Priority.SEAL)
        except WorkerFailed as error:
            raise SourceBroken(error.reason) from error
        work.add(staged, made.info)
        return OptimisedUpload(made.info, (), made.facts)

    async def _optimise_video(self, work: StagedTree) -> OptimisedUpload:
        plan = distribution_plan(await self._plan(work.source), self._limits.most_height)
        made = await run_all(self._render_rendition(plan, each, work) for each in plan.renditions)
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

    async def _plan(self, source: Path) -> Plan:
        """Return the plan of an upload; raises `TypeRefused`, `TooLarge` or `SourceBroken`."""
        job = Survey(StagedFile(source.name))
        try:
            found = await self._workers.run(job, Priority.SEAL, within=_SURVEY_TIMEOUT)
        except WorkerFailed as error:
            raise SourceBroken(error.reason) from error
        plan = msgspec.json.decode(found.plan, type=Plan)
        if plan.renditions[0].kind != "video":
            raise TypeRefused("the file has no video: only videos are optimised here")
        if found.duration > self._limits.most_duration:
            raise TooLarge(
                f"it lasts {found.duration:.0f} seconds, "
                f"and {self._limits.most_duration:g} are optimised at most"
            )
        return plan

    async def _render_rendition(
        self, plan: Plan, rendition: Rendition, work: StagedTree
    ) -> _Rendered:
        wanted = [plan.recipe(rendition, number) for number in range(rendition.count)]
        made = await run_all(self._render_batch(batch, work) for batch in batches(wanted))
        segments = [info for batch in made for info, _ in batch]
        text, rate = sealed_playlist(plan, rendition, segments, None)
        playlist = work.write(text, _PLAYLIST)
        found = [iframes for batch in made for _, iframes in batch]
        keys = iframe_playlist(plan, rendition, found, lambda n: segments[n].name, None)
        if keys is None:
            return _Rendered((playlist,), rate, None, segments)
        return _Rendered((playlist, work.write(keys[0], _PLAYLIST)), rate, keys[1], segments)

    async def _render_batch(
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

"""Recipes become bytes in the store, by way of the workers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec

from blobhls import recipe as recipes
from blobhls.blob import BlobId, BlobInfo
from blobhls.encoding_profiles import profile_named
from blobhls.errors import (
    BlobhlsError,
    RenderFailed,
    SourceChanged,
    SourceGone,
    Unavailable,
    WorkerFailed,
)
from blobhls.media.error_values import ErrorValue
from blobhls.media.jobs import FindIFrames, ImageJob, Job, Render, RenderBatch
from blobhls.media.references import BlobFile, LibraryFile, StagedFile
from blobhls.media.results import IFrame, RenderedBlob
from blobhls.recipe import CutVideo, EncodeVideo, Recipe
from blobhls.store.staging import discard
from blobhls.tasks import BackgroundTasks
from blobhls.vault.failures import Failures
from blobhls.vault.repository import BlobRepository
from blobhls.workers import Priority, Urgency, WorkerPool

T = TypeVar("T")

_log: Final = logging.getLogger(__name__)


class _Rendered(msgspec.Struct, frozen=True):
    """A recipe's bytes in a file that the store has not taken over yet."""

    recipe: Recipe
    path: Path
    blob: RenderedBlob


class SourceFinder(Protocol):
    """Knows the files of sources."""

    async def locate(self, source_id: str) -> LibraryFile:
        """Return the file of a source as it was surveyed, for a job that checks that it still is.

        Raises `SourceOffline`, or `SourceGone` for good.
        """

    async def find(self, source_id: str) -> LibraryFile:
        """Return the same of a file that is there and unchanged. Raises as `locate`."""

    def note_change(self, source_id: str) -> None:
        """Note that a job met another file than `locate` said."""


class Renderer:
    """Renders recipes, keeps what comes out and binds it to the engine that made it. One store.

    Everything here raises `SourceOffline`, `SourceGone`, `SourceBroken`, `RenderFailed`,
    `StoreFull` or `WorkersBusy`, and then leaves no file behind.
    """

    def __init__(
        self,
        repository: BlobRepository,
        workers: WorkerPool,
        sources: SourceFinder,
        engine: str,
    ) -> None:
        """`engine`: the `Engine.name` under which bindings are looked for."""
        self._repository = repository
        self._index = repository.index
        self._blobs = repository.blobs
        self._workers = workers
        self._sources = sources
        self._storing = BackgroundTasks()
        self.failures = Failures()
        self.engine = engine

    async def check_source(self, source_id: str) -> None:
        """Raise `SourceOffline` or `SourceGone` where what a recipe reads is not there now."""
        if recipes.picture_in(source_id) is None:
            await self._sources.find(source_id)
        else:
            await self._locate(source_id)

    async def render(self, recipe: Recipe, urgency: Urgency) -> BlobInfo:
        """Render a recipe that is not bound yet."""
        return await self._finish_store(await self._render(recipe, urgency))

    async def keep_rendered(self, recipe: Recipe, staged: Path, rendered: RenderedBlob) -> BlobInfo:
        """Keep what a worker wrote to `staged` of a recipe that is not bound yet."""
        return await self._finish_store(_Rendered(recipe, staged, rendered))

    async def render_batch(
        self, batch: Sequence[Recipe], priority: Priority
    ) -> list[BlobInfo | BlobhlsError]:
        """Render cheap recipes of one source in one go; each has its own outcome.

        Where that ends the worker, the halves are tried apart, down to the one that does it.
        """
        try:
            outcomes = await self._run_batch(batch, priority)
        except WorkerFailed as error:
            if len(batch) == 1:
                self.failures.note(batch[0], error.reason)
                return [RenderFailed(batch[0].recipe_id, error.reason)]
            half = len(batch) // 2
            first = await self.render_batch(batch[:half], priority)
            return [*first, *await self.render_batch(batch[half:], priority)]
        for recipe, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, RenderFailed):
                self.failures.note(recipe, outcome.reason)
        return await self._storing.finish(self._store_all(outcomes))

    async def _run_batch(
        self, batch: Sequence[Recipe], priority: Priority
    ) -> list[_Rendered | BlobhlsError]:
        source = await self._locate(batch[0].source_id)
        staged = tuple(self._repository.staging() for _ in batch)
        job = RenderBatch(source, tuple(batch), tuple(StagedFile(path.name) for path in staged))
        # Where its time is too short, fewer are tried at once.
        run = await self._workers.run(job, priority)
        outcomes: list[_Rendered | BlobhlsError] = [
            outcome.error() if isinstance(outcome, ErrorValue) else _Rendered(recipe, path, outcome)
            for recipe, path, outcome in zip(batch, staged, run.outcomes, strict=True)
        ]
        if any(isinstance(outcome, SourceChanged) for outcome in outcomes):
            self._sources.note_change(batch[0].source_id)
        return outcomes

    async def rerender(self, recipe: Recipe, blob_id: BlobId, urgency: Urgency) -> bool:
        """Make evicted bytes again; False, and nothing kept, if they came out different.

        Other bytes from another engine say nothing: raises `Unavailable`.
        """
        rendered = await self._render(recipe, urgency)
        if rendered.blob.blob_id != blob_id:
            await discard(rendered.path)
            self._check_engine(rendered.blob)
            return False
        await self._finish_store(rendered)
        return True

    async def render_afresh(self, recipe: Recipe) -> BlobId:
        """Return the hash of what a fresh process makes of a recipe; keeps nothing."""
        job, staged = await self._job(recipe)
        try:
            made = await self._workers.run_alone(job)
        except WorkerFailed as error:
            raise RenderFailed(recipe.recipe_id, error.reason) from error
        finally:
            await discard(staged)
        self._check_engine(made)
        return made.blob_id

    async def find_iframes(self, recipe: Recipe, blob_id: BlobId) -> tuple[IFrame, ...]:
        """Find the key frames of a segment in its bytes, which are here, and note them."""
        job = FindIFrames(recipe, BlobFile(blob_id))
        found = await self._workers.run(job, Priority.SEAL)
        await self._index.write(self._blobs.iframes.add, blob_id, found)
        return found

    async def render_image(self, job_for: Callable[[StagedFile], ImageJob]) -> BlobInfo:
        """Keep the image that a job makes; images are small and stay.

        `job_for` returns the job that writes to a name in staging.
        """
        staged = self._repository.staging()
        job = job_for(StagedFile(staged.name))
        made = await self._workers.run(job, Priority.BACKGROUND)
        info = BlobInfo(made.blob_id, made.size, job.media_type)
        add = partial(self._blobs.add, info, pinned=True, now=time.time())
        await self._storing.finish(self._repository.add(staged, info, add))
        return info

    async def close(self) -> None:
        """Wait until everything that was finished is written down."""
        await self._storing.close()

    async def _render(self, recipe: Recipe, urgency: Urgency) -> _Rendered:
        job, staged = await self._job(recipe)
        try:
            return _Rendered(recipe, staged, await self._run(job, urgency, recipe))
        except RenderFailed as error:
            self.failures.note(recipe, error.reason)
            raise

    async def _job(self, recipe: Recipe) -> tuple[Render, Path]:
        """Return the job that makes a recipe, and where it writes."""
        source = await self._locate(recipe.source_id)
        staged = self._repository.staging()
        return Render(source, recipe, StagedFile(staged.name)), staged

    async def _locate(self, source_id: str) -> LibraryFile | BlobFile:
        """Return what a recipe reads; of a file of the library, the worker checks that it is there.

        Raises `SourceOffline` or `SourceGone`.
        """
        picture = recipes.picture_in(source_id)
        if picture is None:
            return await self._sources.locate(source_id)
        if not await asyncio.to_thread(self._repository.path(picture).exists):
            raise SourceGone("the picture that it is made of is gone")
        return BlobFile(picture)

    def _check_engine(self, rendered: RenderedBlob) -> None:
        """Raise `Unavailable` for what can't be compared with what this engine made."""
        if rendered.engine != self.engine:
            raise Unavailable("it was made by another engine")

    async def _run(self, job: Job[T], urgency: Urgency, recipe: Recipe) -> T:
        try:
            return await self._workers.run(job, urgency)
        except SourceChanged:
            self._sources.note_change(recipe.source_id)
            raise
        except WorkerFailed as error:
            # Of one window; the rest of the file may well be fine.
            raise RenderFailed(recipe.recipe_id, error.reason) from error

    async def _finish_store(self, rendered: _Rendered) -> BlobInfo:
        """Keep and bind what was made, even if the caller leaves: the bytes are there."""
        return await self._storing.finish(self._store(rendered))

    async def _store_all(
        self, parts: Sequence[_Rendered | BlobhlsError]
    ) -> list[BlobInfo | BlobhlsError]:
        """Keep several at once, as each waits for the disk; what can't be kept stops no other."""
        outcomes = await asyncio.gather(*map(self._store_outcome, parts), return_exceptions=True)
        known: list[BlobInfo | BlobhlsError] = []
        for outcome in outcomes:
            if not isinstance(outcome, BlobInfo | BlobhlsError):
                raise outcome
            known.append(outcome)
        return known

    async def _store_outcome(self, part: _Rendered | BlobhlsError) -> BlobInfo | BlobhlsError:
        return await self._store(part) if isinstance(part, _Rendered) else part

    async def _store(self, rendered: _Rendered) -> BlobInfo:
        """Return the blob of what was made; that of the first, if two were at it."""
        recipe, made = rendered.recipe, rendered.blob
        self.failures.clear(recipe)
        info = BlobInfo(made.blob_id, made.size, recipe.media_type)
        bound = await self._repository.add(rendered.path, info, partial(self._bind, rendered, info))
        if bound.blob_id != info.blob_id:
            _log.error("%s gave two results at the same time: its bytes stay", recipe.profile)
        return bound

    def _bind(self, rendered: _Rendered, info: BlobInfo) -> BlobInfo:
        """Bind a blob to its recipe, in a transaction; the first result of a recipe stays."""
        recipe, made = rendered.recipe, rendered.blob
        repeats = self._blobs.proof(recipe.profile, made.engine)
        pinned = repeats is False or not profile_named(recipe.profile).evictable
        bound = self._blobs.bind(recipe, made.engine, info, pinned=pinned, now=time.time())
        if bound.blob_id != info.blob_id:
            self._blobs.prove(recipe.profile, made.engine, proven=False)
        elif isinstance(recipe, CutVideo | EncodeVideo):
            self._blobs.iframes.add(made.blob_id, made.iframes)
        return bound

"""Rendering of recipes by the workers, and storing of the results."""

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
    """The bytes of a recipe, in a file that the store has not adopted yet."""

    recipe: Recipe
    path: Path
    blob: RenderedBlob


class SourceFinder(Protocol):
    """Finds the files of sources."""

    async def locate(self, source_id: str) -> LibraryFile:
        """Return the file of a source as it was surveyed; the job checks that it is unchanged.

        Raises `SourceOffline`, or `SourceGone` where the source is gone for good.
        """

    async def find(self, source_id: str) -> LibraryFile:
        """Return the file of a source that was checked to exist and to be unchanged.

        Raises `SourceOffline` or `SourceGone`.
        """

    def note_change(self, source_id: str) -> None:
        """Note that a job found another file than `locate` returned."""


class Renderer:
    """Renders recipes, stores the blobs and binds them to the engine that rendered them.

    Every method may raise `SourceOffline`, `SourceGone`, `SourceBroken`, `RenderFailed`,
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
        """Raise `SourceOffline` or `SourceGone` if the source of a recipe can't be read now."""
        if recipes.image_blob(source_id) is None:
            await self._sources.find(source_id)
        else:
            await self._locate(source_id)

    async def render(self, recipe: Recipe, urgency: Urgency) -> BlobInfo:
        """Render a recipe that is not bound yet."""
        return await self._finish_store(await self._render(recipe, urgency))

    async def keep_rendered(self, recipe: Recipe, staged: Path, rendered: RenderedBlob) -> BlobInfo:
        """Store and bind a blob that a worker has written to `staged`."""
        return await self._finish_store(_Rendered(recipe, staged, rendered))

    async def render_batch(
        self, batch: Sequence[Recipe], priority: Priority
    ) -> list[BlobInfo | BlobhlsError]:
        """Render cheap recipes of one source in one job; each has its own outcome.

        If the worker dies, the two halves of the batch are tried separately, down to the recipe
        that kills it.
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
        # If it times out, smaller batches are tried.
        run = await self._workers.run(job, priority)
        outcomes: list[_Rendered | BlobhlsError] = [
            outcome.error() if isinstance(outcome, ErrorValue) else _Rendered(recipe, path, outcome)
            for recipe, path, outcome in zip(batch, staged, run.outcomes, strict=True)
        ]
        if any(isinstance(outcome, SourceChanged) for outcome in outcomes):
            self._sources.note_change(batch[0].source_id)
        return outcomes

    async def rerender(self, recipe: Recipe, blob_id: BlobId, urgency: Urgency) -> bool:
        """Render evicted bytes again; False if they are different, and then nothing is stored.

        Raises `Unavailable` if another engine rendered different bytes, which proves nothing.
        """
        rendered = await self._render(recipe, urgency)
        if rendered.blob.blob_id != blob_id:
            await discard(rendered.path)
            self._check_engine(rendered.blob)
            return False
        await self._finish_store(rendered)
        return True

    async def render_afresh(self, recipe: Recipe) -> BlobId:
        """Return the hash of the bytes that a fresh process renders; stores nothing."""
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
        """Find the key frames in the bytes of a segment, which must be here, and store them."""
        job = FindIFrames(recipe, BlobFile(blob_id))
        found = await self._workers.run(job, Priority.SEAL)
        await self._index.write_derived(self._blobs.iframes.add, blob_id, found)
        return found

    async def render_image(self, job_for: Callable[[StagedFile], ImageJob]) -> BlobInfo:
        """Render an image and store it as a pinned blob.

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
        """Wait until all rendered blobs are stored."""
        await self._storing.close()

    async def _render(self, recipe: Recipe, urgency: Urgency) -> _Rendered:
        job, staged = await self._job(recipe)
        try:
            return _Rendered(recipe, staged, await self._run(job, urgency, recipe))
        except RenderFailed as error:
            self.failures.note(recipe, error.reason)
            raise

    async def _job(self, recipe: Recipe) -> tuple[Render, Path]:
        """Return the job that renders a recipe, and the path that it writes to."""
        source = await self._locate(recipe.source_id)
        staged = self._repository.staging()
        return Render(source, recipe, StagedFile(staged.name)), staged

    async def _locate(self, source_id: str) -> LibraryFile | BlobFile:
        """Return the file that a recipe reads; the worker checks a file of the library.

        Raises `SourceOffline` or `SourceGone`.
        """
        picture = recipes.image_blob(source_id)
        if picture is None:
            return await self._sources.locate(source_id)
        if not await asyncio.to_thread(self._repository.path(picture).exists):
            raise SourceGone("the image that it is made of is gone")
        return BlobFile(picture)

    def _check_engine(self, rendered: RenderedBlob) -> None:
        """Raise `Unavailable` for bytes that this engine did not render."""
        if rendered.engine != self.engine:
            raise Unavailable("it was rendered by another engine")

    async def _run(self, job: Job[T], urgency: Urgency, recipe: Recipe) -> T:
        try:
            return await self._workers.run(job, urgency)
        except SourceChanged:
            self._sources.note_change(recipe.source_id)
            raise
        except WorkerFailed as error:
            # It concerns one window; the rest of the file may be fine.
            raise RenderFailed(recipe.recipe_id, error.reason) from error

    async def _finish_store(self, rendered: _Rendered) -> BlobInfo:
        """Store and bind a rendered blob, even if the caller is cancelled."""
        return await self._storing.finish(self._store(rendered))

    async def _store_all(
        self, rendered: Sequence[_Rendered | BlobhlsError]
    ) -> list[BlobInfo | BlobhlsError]:
        """Store several blobs concurrently; one that fails does not stop the others."""
        outcomes = await asyncio.gather(*map(self._store_outcome, rendered), return_exceptions=True)
        stored: list[BlobInfo | BlobhlsError] = []
        for outcome in outcomes:
            if not isinstance(outcome, BlobInfo | BlobhlsError):
                raise outcome
            stored.append(outcome)
        return stored

    async def _store_outcome(self, rendered: _Rendered | BlobhlsError) -> BlobInfo | BlobhlsError:
        return await self._store(rendered) if isinstance(rendered, _Rendered) else rendered

    async def _store(self, rendered: _Rendered) -> BlobInfo:
        """Store a rendered blob and return the bound one: the first, if two were rendered."""
        recipe, made = rendered.recipe, rendered.blob
        self.failures.clear(recipe)
        info = BlobInfo(made.blob_id, made.size, recipe.media_type)
        bind = partial(self._bind, rendered, info)
        bound = await self._repository.add(rendered.path, info, bind, durable=False)
        if bound.blob_id != info.blob_id:
            _log.error(
                "%s gave two different results at the same time: its blobs stay", recipe.profile
            )
        return bound

    def _bind(self, rendered: _Rendered, info: BlobInfo) -> BlobInfo:
        """Bind a blob to its recipe, in a transaction; a recipe keeps its first blob."""
        recipe, made = rendered.recipe, rendered.blob
        repeats = self._blobs.proof(recipe.profile, made.engine)
        pinned = repeats is False or not profile_named(recipe.profile).evictable
        bound = self._blobs.bind(recipe, made.engine, info, pinned=pinned, now=time.time())
        if bound.blob_id != info.blob_id:
            self._blobs.prove(recipe.profile, made.engine, proven=False)
        elif isinstance(recipe, CutVideo | EncodeVideo):
            self._blobs.iframes.add(made.blob_id, made.iframes)
        return bound

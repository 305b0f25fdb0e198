"""Recipes become bytes in the store, by way of the workers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from blobhls import recipe as recipes
from blobhls.blob import BlobId, BlobInfo
from blobhls.encoding_profiles import profile_named
from blobhls.errors import BlobhlsError, RenderFailed, SourceGone, WorkerFailed
from blobhls.media.results import BatchResult, IFrame, RenderedBlob
from blobhls.recipe import CutVideo, EncodeVideo, Recipe
from blobhls.store.staging import discard
from blobhls.tasks import BackgroundTasks
from blobhls.vault.failures import Failures
from blobhls.vault.repository import BlobRepository
from blobhls.workers import Job, Priority, Urgency, Workers

T = TypeVar("T")

_log: Final = logging.getLogger(__name__)

_TIMEOUT: Final = 120  # seconds for one recipe
_HEAVY_TIMEOUT: Final = 600  # seconds for one window of encoded video


class _Rendered(msgspec.Struct, frozen=True):
    """A recipe's bytes in a file that the store has not taken over yet."""

    recipe: Recipe
    path: Path
    made: RenderedBlob


class Renderer:
    """Renders recipes, keeps what comes out and binds it. One engine, one store.

    Everything here raises `SourceOffline`, `SourceGone`, `SourceBroken`, `RenderFailed`,
    `StoreFull` or `WorkersBusy`, and then leaves no file behind.
    """

    def __init__(
        self,
        repository: BlobRepository,
        workers: Workers,
        find_source: Callable[[str], Awaitable[Path]],
        engine: str,
    ) -> None:
        """Put it together.

        `find_source` returns where a source's file is, or raises `SourceOffline` or `SourceGone`.
        `engine`: what the workers answer to `engine`.
        """
        self._repository = repository
        self._index = repository.index
        self._blobs = repository.blobs
        self._workers = workers
        self._find_file = find_source
        self._keeping = BackgroundTasks()
        self.failures = Failures()
        self.engine = engine

    async def find_source(self, source_id: str) -> Path:
        """Return what a recipe reads; raises `SourceOffline`, or `SourceGone` for good."""
        picture = recipes.picture_in(source_id)
        if picture is None:
            return await self._find_file(source_id)
        path = self._repository.path(picture)
        if not await asyncio.to_thread(path.exists):
            raise SourceGone("the picture that it is made of is gone")
        return path

    async def make(self, recipe: Recipe, urgency: Urgency) -> BlobInfo:
        """Render a recipe that is not bound yet."""
        return await self._keep(await self._render(recipe, urgency))

    async def keep(self, recipe: Recipe, staged: Path, made: RenderedBlob) -> BlobInfo:
        """Keep what a worker wrote to `staged` of a recipe that is not bound yet."""
        return await self._keep(_Rendered(recipe, staged, made))

    async def make_run(
        self, batch: Sequence[Recipe], priority: Priority
    ) -> list[BlobInfo | BlobhlsError]:
        """Render cheap recipes of one source in one go; each has its own outcome.

        Where that ends the worker, the halves are tried apart, down to the one that does it.
        """
        try:
            run, staged = await self._render_run(batch, priority)
        except WorkerFailed as error:
            if len(batch) == 1:
                self.failures.note(batch[0], error.reason)
                return [RenderFailed(recipes.recipe_id(batch[0]), error.reason)]
            half = len(batch) // 2
            first = await self.make_run(batch[:half], priority)
            return [*first, *await self.make_run(batch[half:], priority)]
        for recipe, outcome in zip(batch, run.outcomes, strict=True):
            if isinstance(outcome, RenderFailed):
                self.failures.note(recipe, outcome.reason)
        rendered = [
            outcome if isinstance(outcome, BlobhlsError) else _Rendered(recipe, path, outcome)
            for recipe, path, outcome in zip(batch, staged, run.outcomes, strict=True)
        ]
        return await self._keeping.finish(self._keep_all(rendered))

    async def _render_run(
        self, batch: Sequence[Recipe], priority: Priority
    ) -> tuple[BatchResult, tuple[Path, ...]]:
        source = await self.find_source(recipes.source_of(batch[0]))
        staged = tuple(self._repository.staging() for _ in batch)
        encoded = [recipes.encode(recipe) for recipe in batch]
        job = Job(
            "make_run",
            (encoded, str(source), [str(path) for path in staged]),
            BatchResult,
            subject=source.name,
            # A second for all of them is usual; where this is too short, fewer are tried at once.
            timeout=_TIMEOUT,
            staged=staged,
        )
        return await self._workers.run(job, Urgency(priority)), staged

    async def remake(self, recipe: Recipe, blob_id: BlobId, urgency: Urgency) -> bool:
        """Make evicted bytes again; False, and nothing kept, if they came out different."""
        rendered = await self._render(recipe, urgency)
        if rendered.made.blob_id != blob_id:
            await discard(rendered.path)
            return False
        await self._keep(rendered)
        return True

    async def rehearse(self, recipe: Recipe) -> BlobId:
        """Return the hash of what a fresh process makes of a recipe; keeps nothing."""
        job = await self._job(recipe)
        try:
            return (await self._workers.run_alone(job)).blob_id
        except WorkerFailed as error:
            raise RenderFailed(recipes.recipe_id(recipe), error.reason) from error
        finally:
            for path in job.staged:
                await discard(path)

    async def look(self, recipe: Recipe, blob_id: BlobId) -> tuple[IFrame, ...]:
        """Find the key frames of a segment in its bytes, which are here, and note them."""
        arguments = (recipes.encode(recipe), str(self._repository.path(blob_id)))
        job = Job("look", arguments, tuple[IFrame, ...], subject="a segment")
        found = await self._workers.run(job, Priority.SEAL)
        await self._index.write(self._blobs.iframes.add, blob_id, found)
        return found

    async def picture(
        self,
        function: str,
        *arguments: object,
        subject: str,
        heavy: bool = False,
        media_type: str = "image/jpeg",
    ) -> BlobInfo:
        """Keep the picture that a function of the workers makes; pictures are small and stay.

        `heavy`: it takes seconds.
        """
        staged = self._repository.staging()
        job = Job(
            function,
            (*arguments, str(staged)),
            RenderedBlob,
            subject,
            heavy=heavy,
            staged=(staged,),
        )
        made = await self._workers.run(job, Priority.BACKGROUND)
        info = BlobInfo(made.blob_id, made.size, media_type)
        add = partial(self._blobs.add, info, pinned=True, now=time.time())
        await self._keeping.finish(self._repository.add(staged, info, add))
        return info

    async def close(self) -> None:
        """Wait until everything that was finished is written down."""
        await self._keeping.close()

    async def _render(self, recipe: Recipe, urgency: Urgency) -> _Rendered:
        job = await self._job(recipe)
        try:
            return _Rendered(recipe, job.staged[0], await self._run(job, urgency, recipe))
        except RenderFailed as error:
            self.failures.note(recipe, error.reason)
            raise

    async def _job(self, recipe: Recipe) -> Job[RenderedBlob]:
        source = await self.find_source(recipes.source_of(recipe))
        staged = self._repository.staging()
        heavy = isinstance(recipe, EncodeVideo)
        return Job(
            "make",
            (recipes.encode(recipe), str(source), str(staged)),
            RenderedBlob,
            subject=source.name,
            timeout=_HEAVY_TIMEOUT if heavy else _TIMEOUT,
            heavy=heavy,
            staged=(staged,),
        )

    async def _run(self, job: Job[T], urgency: Urgency, recipe: Recipe) -> T:
        try:
            return await self._workers.run(job, urgency)
        except WorkerFailed as error:
            # Of one window; the rest of the file may well be fine.
            raise RenderFailed(recipes.recipe_id(recipe), error.reason) from error

    async def _keep(self, rendered: _Rendered) -> BlobInfo:
        """Keep and bind what was made, even if the caller leaves: the bytes are there."""
        return await self._keeping.finish(self._kept(rendered))

    async def _keep_all(
        self, parts: Sequence[_Rendered | BlobhlsError]
    ) -> list[BlobInfo | BlobhlsError]:
        """Keep several at once, as each waits for the disk; what can't be kept stops no other."""
        outcomes = await asyncio.gather(*map(self._outcome, parts), return_exceptions=True)
        known: list[BlobInfo | BlobhlsError] = []
        for outcome in outcomes:
            if not isinstance(outcome, BlobInfo | BlobhlsError):
                raise outcome
            known.append(outcome)
        return known

    async def _outcome(self, part: _Rendered | BlobhlsError) -> BlobInfo | BlobhlsError:
        return await self._kept(part) if isinstance(part, _Rendered) else part

    async def _kept(self, rendered: _Rendered) -> BlobInfo:
        """Return the blob of what was made; that of the first, if two were at it."""
        recipe, made = rendered.recipe, rendered.made
        self.failures.clear(recipe)
        info = BlobInfo(made.blob_id, made.size, recipes.media_type(recipe))
        bind = partial(self._bind, recipe, info, made.iframes)
        bound = await self._repository.add(rendered.path, info, bind)
        if bound.blob_id != info.blob_id:
            _log.error("%s gave two results at the same time: its bytes stay", recipe.profile)
        return bound

    def _bind(self, recipe: Recipe, info: BlobInfo, iframes: Sequence[IFrame]) -> BlobInfo:
        """Bind a blob to its recipe, in a transaction; the first result of a recipe stays."""
        repeats = self._blobs.proof(recipe.profile, self.engine)
        pinned = repeats is False or not profile_named(recipe.profile).evictable
        bound = self._blobs.bind(recipe, self.engine, info, pinned=pinned, now=time.time())
        if bound.blob_id != info.blob_id:
            self._blobs.prove(recipe.profile, self.engine, proven=False)
        elif isinstance(recipe, CutVideo | EncodeVideo):
            self._blobs.iframes.add(info.blob_id, iframes)
        return bound

"""Recipes become bytes in the store, by way of the workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from blobhls import recipe as recipes
from blobhls.blob import BlobId, BlobInfo
from blobhls.derive import Job, Priority, Workers
from blobhls.errors import BlobhlsError
from blobhls.index.blobs import BlobIndex
from blobhls.media.results import Made, Run
from blobhls.recipe import EncodeVideo, Recipe
from blobhls.store.base import BlobStore

T = TypeVar("T")

_TIMEOUT: Final = 120  # seconds for one recipe
_HEAVY_TIMEOUT: Final = 600  # seconds for one window of encoded video


class Maker:
    """Renders recipes, keeps what comes out and binds it. One engine, one store."""

    def __init__(
        self,
        store: BlobStore,
        index: BlobIndex,
        workers: Workers,
        find_source: Callable[[str], Path],
        engine: str,
    ) -> None:
        """Put it together.

        `find_source` returns where a source's file is, or raises `SourceOffline`. `engine`: what
        the workers answer to `engine`.
        """
        self._store = store
        self._index = index
        self._workers = workers
        self.find_source = find_source
        self.engine = engine

    async def make(self, recipe: Recipe, priority: Priority) -> BlobInfo:
        """Render a recipe that is not bound yet."""
        staged = self._store.staging()
        made = await self._run(self._job(recipe, staged), priority, [staged])
        return await self._keep(recipe, staged, made)

    async def make_run(
        self, batch: Sequence[Recipe], priority: Priority
    ) -> list[BlobInfo | BlobhlsError]:
        """Render cheap recipes of one source in one go; each has its own outcome."""
        source = self.find_source(batch[0].track.source_id)
        staged = [self._store.staging() for _ in batch]
        encoded = [recipes.encode(recipe) for recipe in batch]
        job = Job(
            "make_run",
            (encoded, str(source), [str(path) for path in staged]),
            Run,
            subject=source.name,
            timeout=_TIMEOUT * len(batch),
        )
        run = await self._run(job, priority, staged)
        results: list[BlobInfo | BlobhlsError] = []
        for recipe, path, outcome in zip(batch, staged, run.outcomes, strict=True):
            if isinstance(outcome, BlobhlsError):
                results.append(outcome)
            else:
                results.append(await self._keep(recipe, path, outcome))
        return results

    async def remake(self, recipe: Recipe, blob_id: BlobId, priority: Priority) -> bool:
        """Make evicted bytes again; False, and nothing kept, if they came out different."""
        staged = self._store.staging()
        made = await self._run(self._job(recipe, staged), priority, [staged])
        if made.blob_id != blob_id:
            staged.unlink(missing_ok=True)
            return False
        await self._keep(recipe, staged, made)
        return True

    async def rehearse(self, recipe: Recipe) -> BlobId:
        """Return the hash of what a fresh process makes of a recipe; keeps nothing."""
        staged = self._store.staging()
        try:
            return (await self._workers.run_alone(self._job(recipe, staged))).blob_id
        finally:
            staged.unlink(missing_ok=True)

    async def picture(self, function: str, *arguments: object, subject: str) -> BlobInfo:
        """Keep the JPEG that a function of the workers makes; pictures are small and stay."""
        staged = self._store.staging()
        job = Job(function, (*arguments, str(staged)), Made, subject=subject)
        made = await self._run(job, Priority.BACKGROUND, [staged])
        await asyncio.to_thread(self._store.adopt, staged, made.blob_id)
        info = BlobInfo(made.blob_id, made.size, "image/jpeg")
        self._index.add(info, pinned=True, now=time.time())
        return info

    def _job(self, recipe: Recipe, staged: Path) -> Job[Made]:
        source = self.find_source(recipe.track.source_id)
        heavy = isinstance(recipe, EncodeVideo)
        return Job(
            "make",
            (recipes.encode(recipe), str(source), str(staged)),
            Made,
            subject=source.name,
            timeout=_HEAVY_TIMEOUT if heavy else _TIMEOUT,
            heavy=heavy,
        )

    async def _run(self, job: Job[T], priority: Priority, staged: Sequence[Path]) -> T:
        """Run a job; what it staged goes if it fails or nobody wants it any more."""
        try:
            return await self._workers.run(job, priority)
        except BaseException:
            for path in staged:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise

    async def _keep(self, recipe: Recipe, staged: Path, made: Made) -> BlobInfo:
        """Put finished bytes under their hash, then note it: never a row without bytes."""
        info = BlobInfo(made.blob_id, made.size, recipes.media_type(recipe))
        await asyncio.to_thread(self._store.adopt, staged, made.blob_id)
        repeats = self._index.proof(recipe.profile, self.engine)
        pinned = repeats is False or not recipes.profile_named(recipe.profile).evictable
        self._index.bind(recipe, self.engine, info, pinned=pinned, now=time.time())
        return info

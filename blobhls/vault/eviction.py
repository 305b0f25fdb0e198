"""Eviction of bytes when the cache is full, and the canary that runs before it."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobhlsError, SourceGone, SourceOffline
from blobhls.index.ledger.blobs import BlobRow
from blobhls.recipe import Recipe
from blobhls.vault.renderer import Renderer
from blobhls.vault.repository import BlobRepository, BlobState

_log: Final = logging.getLogger(__name__)

_GRACE: Final = 20  # seconds that bytes stay after their last use, even beyond the limit
_PAUSE: Final = 5  # seconds between two rounds of a running server


class CachePolicy(msgspec.Struct, frozen=True):
    """The limit of the cache."""

    limit: int | None  # bytes of all blobs; None: no limit
    keep: bool = True  # False: only pinned blobs stay, all others are evicted

    @property
    def allowed(self) -> int | None:
        """Bytes of all blobs; pinned ones stay even beyond it."""
        return self.limit if self.keep else 0


class CacheUse(msgspec.Struct, frozen=True):
    """How full the cache is, in bytes."""

    stored: int  # of all blobs
    limit: int | None  # of all blobs; 0: no blob stays that can be rendered again
    evictable: int  # of `stored`, at most; some of these can't be rendered again here


class EvictionResult(msgspec.Struct, frozen=True):
    """What one round of eviction removed."""

    removed: int = 0  # blobs
    freed: int = 0  # bytes


class _Round(msgspec.Struct):
    """What one round has found out, so that it asks once and not for every blob."""

    before: float  # seconds since the epoch; blobs that were used later stay
    reachable: dict[str, bool] = {}  # by source_id
    repeats: dict[str, bool] = {}  # by name of the profile


class Evictor:
    """Removes bytes that a proven recipe can render again, least recently used first."""

    def __init__(self, repository: BlobRepository, renderer: Renderer, policy: CachePolicy) -> None:
        self._repository = repository
        self._index = repository.index
        self._blobs = repository.blobs
        self._renderer = renderer
        self._policy = policy

    async def use(self) -> CacheUse:
        """Return how full the cache is."""
        kept, evictable = await self._index.read(self._blobs.stored_by_pin)
        return CacheUse(kept + evictable, self._policy.allowed, evictable)

    async def watch(self) -> None:
        """Keep the cache within its limit for as long as the server runs."""
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                await self.evict(grace=_GRACE)
            except Exception:  # a failed round must not end the watch
                _log.exception("could not evict")

    async def evict(self, grace: float = 0) -> EvictionResult:
        """Bring the cache down to its limit; bytes used within `grace` seconds stay."""
        await self._repository.touch()
        allowed = self._policy.allowed
        if allowed is None:
            return EvictionResult()
        stored = await self._index.read(self._blobs.stored_bytes)
        round_ = _Round(time.time() - grace)
        freed: list[int] = []  # bytes of each blob that was removed
        async for batch in self._index.batches(self._blobs.least_used(round_.before)):
            while batch and (over := stored - sum(freed) - allowed) > 0:
                chosen = await self._choose(batch, over, round_)
                # Concurrently: the group commit writes all of their rows at once.
                gone = await asyncio.gather(*(self._drop(row) for row in chosen))
                freed += [row.info.size for row, went in zip(chosen, gone, strict=True) if went]
            if stored - sum(freed) <= allowed:
                break
        return EvictionResult(len(freed), sum(freed))

    async def _choose(self, batch: list[BlobInfo], over: int, round_: _Round) -> list[BlobRow]:
        """Take evictable blobs from the front of a batch, until they have `over` bytes."""
        chosen: list[BlobRow] = []
        while batch and over > 0:
            state = await self._repository.state(batch.pop(0).blob_id, self._renderer.engine)
            row = state.row
            if (
                row is not None
                and _is_idle(row, state, round_)
                and await self._can_be_restored(row, state, round_)
            ):
                chosen.append(row)
                over -= row.info.size
            await asyncio.sleep(0)
        return chosen

    async def _drop(self, chosen: BlobRow) -> bool:
        """Remove bytes, and the row of a fetched blob; nothing if the row changed meanwhile."""
        blob_id = chosen.info.blob_id
        return await self._repository.drop(
            blob_id, keep_row=chosen.made, when=lambda row: row == chosen
        )

    async def _can_be_restored(self, row: BlobRow, state: BlobState, round_: _Round) -> bool:
        """Say whether the bytes can surely be rendered again, or nothing depends on them."""
        if not row.made:
            return True  # it was fetched for a hint: uploads are pinned
        recipe = state.recipe
        if recipe is None:
            return False
        source_id, profile = recipe.source_id, recipe.profile
        if source_id not in round_.reachable:
            round_.reachable[source_id] = await self._is_reachable(source_id)
        if not round_.reachable[source_id]:
            return False
        if profile not in round_.repeats:
            proven = state.proven
            if proven is None:
                proven = await self._run_canary(recipe, row.info.blob_id)
            if proven is None:
                # The profile may still repeat: try another source now, this one in a later round.
                round_.reachable[source_id] = False
                return False
            round_.repeats[profile] = proven
        return round_.repeats[profile]

    async def _is_reachable(self, source_id: str) -> bool:
        """Say whether a source can be read now; otherwise its present bytes stay."""
        try:
            await self._renderer.check_source(source_id)
        except (SourceOffline, SourceGone):
            return False
        return True

    async def _run_canary(self, recipe: Recipe, blob_id: BlobId) -> bool | None:
        """Render a window that was rendered before once more, in a fresh process.

        Returns whether the bytes are the same; None if it could not be rendered.
        """
        try:
            again = await self._renderer.render_afresh(recipe)
        except BlobhlsError as error:
            _log.warning("could not run the canary of %s: %s", recipe.profile, error)
            return None
        proven = again == blob_id
        engine = self._renderer.engine
        await self._index.write_derived(self._blobs.prove, recipe.profile, engine, proven=proven)
        if not proven:
            _log.error("%s gave different bytes on this machine: its blobs stay", recipe.profile)
        return proven


def _is_idle(row: BlobRow, state: BlobState, round_: _Round) -> bool:
    """Say whether listed bytes may be evicted and were not used since."""
    was_used = state.used_at is not None and state.used_at >= round_.before
    return row.present and not row.pinned and not state.is_held and not was_used

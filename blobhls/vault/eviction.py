"""What goes when the cache is full, and the canary that must sing first."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

import msgspec

from blobhls.blob import BlobId
from blobhls.errors import BlobhlsError, SourceGone, SourceOffline
from blobhls.index.ledger.blobs import BlobIndex
from blobhls.recipe import Recipe
from blobhls.store.base import BlobStore
from blobhls.vault.renderer import Renderer
from blobhls.vault.vault import Vault

_log: Final = logging.getLogger(__name__)

_GRACE: Final = 20  # seconds that bytes stay after they were used, whatever the limit
_PAUSE: Final = 5  # seconds between two looks at a running server's cache


class CachePolicy(msgspec.Struct, frozen=True):
    """How much may stay."""

    limit: int | None  # bytes of all blobs; None: no limit
    keep: bool = True  # False: only what must stay, everything else is made again

    @property
    def allowed(self) -> int | None:
        """Bytes of all blobs; pinned ones stay whatever it says."""
        return self.limit if self.keep else 0


class CacheUse(msgspec.Struct, frozen=True):
    """How full the cache is, in bytes."""

    stored: int  # of all blobs
    limit: int | None  # what they may be; 0: nothing is kept that can be made again
    evictable: int  # of `stored`, what may go at most: some can't be made again here


class Evicted(msgspec.Struct, frozen=True):
    """What one round removed."""

    removed: int = 0  # blobs
    freed: int = 0  # bytes


class _Verdicts(msgspec.Struct):
    """What was found out in one round: asked once, not for every blob."""

    reachable: dict[str, bool] = {}  # by source_id
    repeats: dict[str, bool] = {}  # by name of the profile


class Evictor:
    """Removes bytes that a proven recipe can make again, the least used first."""

    def __init__(
        self,
        vault: Vault,
        store: BlobStore,
        index: BlobIndex,
        renderer: Renderer,
        policy: CachePolicy,
    ) -> None:
        self._vault = vault
        self._store = store
        self._index = index
        self._renderer = renderer
        self._policy = policy

    def use(self) -> CacheUse:
        """Return how full the cache is. It adds up every row: for a thread."""
        kept, evictable = self._index.stored_by_pin()
        return CacheUse(kept + evictable, self._policy.allowed, evictable)

    async def watch(self) -> None:
        """Keep the cache within its limit for as long as the server runs."""
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                await self.evict(grace=_GRACE)
            except Exception:  # a failed round must not end the watch
                _log.exception("could not evict")

    async def evict(self, grace: float = 0) -> Evicted:
        """Bring the cache down to its limit; bytes used within `grace` seconds stay."""
        self._vault.note_use()
        allowed = self._policy.allowed
        if allowed is None:
            return Evicted()
        # It adds up every row: in a thread.
        over = await asyncio.to_thread(self._index.stored_bytes) - allowed
        removed = freed = 0
        if over > 0:
            verdicts = _Verdicts()
            for info in self._index.least_used(time.time() - grace):
                if freed >= over:
                    break
                if await self._may_go(info.blob_id, verdicts) and not self._stays(info.blob_id):
                    self._let_go(info.blob_id)
                    removed += 1
                    freed += info.size
                await asyncio.sleep(0)
        return Evicted(removed, freed)

    def _stays(self, blob_id: BlobId) -> bool:
        """Say whether somebody has brought the bytes since they were listed, or does so now."""
        row = self._index.row(blob_id)
        return row is None or row.pinned or self._vault.is_held(blob_id)

    def _let_go(self, blob_id: BlobId) -> None:
        """Remove the bytes, and of what can't be made here the row too."""
        row = self._index.row(blob_id)
        self._vault.gone(blob_id)
        if row is not None and not row.made:
            self._index.forget(blob_id)
        self._store.remove(blob_id)

    async def _may_go(self, blob_id: BlobId, verdicts: _Verdicts) -> bool:
        """Say whether the bytes are sure to come back, or nobody counts on them."""
        row = self._index.row(blob_id)
        if row is not None and not row.made:
            return True  # fetched for a hint: uploads are pinned
        recipe = self._index.recipe_of(blob_id, self._renderer.engine)
        if recipe is None:
            return False
        source_id, profile = recipe.source_id, recipe.profile
        if source_id not in verdicts.reachable:
            verdicts.reachable[source_id] = self._is_reachable(source_id)
        if not verdicts.reachable[source_id]:
            return False
        if profile not in verdicts.repeats:
            proven = self._index.proof(profile, self._renderer.engine)
            if proven is None:
                proven = await self._canary(recipe, blob_id)
            if proven is None:
                # It says nothing of the profile: another source may be tried now, this one later.
                verdicts.reachable[source_id] = False
                return False
            verdicts.repeats[profile] = proven
        return verdicts.repeats[profile]

    def _is_reachable(self, source_id: str) -> bool:
        """Of a source that vanished, present bytes stay until the operator prunes."""
        try:
            self._renderer.find_source(source_id)
        except (SourceOffline, SourceGone):
            return False
        return True

    async def _canary(self, recipe: Recipe, blob_id: BlobId) -> bool | None:
        """Make a window that some worker made before once more in a fresh process.

        None if that could not be done at all.
        """
        try:
            again = await self._renderer.rehearse(recipe)
        except BlobhlsError as error:
            _log.warning("could not try out %s: %s", recipe.profile, error)
            return None
        proven = again == blob_id
        self._index.prove(recipe.profile, self._renderer.engine, proven=proven)
        if not proven:
            _log.error("%s does not repeat on this machine: its bytes stay", recipe.profile)
        return proven

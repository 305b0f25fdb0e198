"""Blobs by id and by recipe."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobhlsError, BlobMissing, SourceGone, Unavailable
from blobhls.index.ledger.blobs import BlobRow
from blobhls.media.results import IFrame, RenderedBlob
from blobhls.recipe import CutVideo, Recipe
from blobhls.store.base import OpenBlob
from blobhls.vault.block_list import BlockList
from blobhls.vault.failures import Failures
from blobhls.vault.renderer import Renderer
from blobhls.vault.repository import BlobRepository, BlobState
from blobhls.workers import Priority, SingleFlight, Urgency

_log: Final = logging.getLogger(__name__)

_ATTEMPTS: Final = 3  # to open a blob that eviction may remove at the same moment
_DIFFERENT: Final = "its recipe gave different bytes"


class Vault:
    """Gives blobs, and has them rendered where needed. To be used from one event loop.

    A blob whose hash is blocked is treated as if it did not exist. Methods that read or write the
    index raise `IndexBusy` or `IndexOffline`.
    """

    def __init__(
        self, repository: BlobRepository, renderer: Renderer, block_list: BlockList
    ) -> None:
        self._repository = repository
        self._index = repository.index
        self._blobs = repository.blobs
        self._renderer = renderer
        self._block_list = block_list
        self._flights = SingleFlight()
        self._listeners: list[Callable[[BlobId, str], Awaitable[None]]] = []

    @property
    def failures(self) -> Failures:
        """The recipes that failed to render recently, and why."""
        return self._renderer.failures

    def on_quarantine(self, listener: Callable[[BlobId, str], Awaitable[None]]) -> None:
        """Have `listener` called with a blob that can't be rendered again, and the reason."""
        self._listeners.append(listener)

    async def row(self, blob_id: BlobId) -> BlobRow | None:
        """Return the row of a blob."""
        return None if blob_id in self._block_list else await self._repository.row(blob_id)

    def peek(self, blob_id: BlobId) -> OpenBlob | None:
        """Return a blob whose row is in memory, if its bytes are here. Never asks the index."""
        return None if blob_id in self._block_list else self._repository.peek(blob_id)

    async def present(self, blob_id: BlobId) -> OpenBlob | None:
        """Return the blob if its bytes are here, else None. Never renders them."""
        if blob_id in self._block_list:
            return None
        try:
            return await self._repository.open(blob_id)
        except BlobMissing:
            await self._note_loss(blob_id)
            return None

    async def stat(self, blob_id: BlobId) -> BlobInfo:
        """Return the info of the blob that `open` would return, from the index where that is sure.

        Raises `BlobMissing`, `Unavailable`, `SourceBroken`, `RenderFailed`.
        """
        found = await self.present(blob_id)
        if found is None:
            state = await self._state(blob_id)
            if state.row is not None and await self._can_be_restored(blob_id, state):
                return state.row.info
            found = await self.open(blob_id)
        found.close()
        return found.info

    async def open(self, blob_id: BlobId, priority: Priority = Priority.VIEWER) -> OpenBlob:
        """Return the blob; evicted bytes are rendered again and verified before.

        Raises `BlobMissing`, `Unavailable`, `SourceBroken`, `RenderFailed`.
        """
        for _ in range(_ATTEMPTS):
            found = await self.present(blob_id)
            if found is not None:
                return found
            if blob_id in self._block_list:
                raise BlobMissing(blob_id)
            await self._flights.join(
                blob_id, priority, lambda urgency: self._restore(blob_id, urgency)
            )
        raise Unavailable("its bytes were evicted as soon as they were rendered")

    async def obtain(self, recipe: Recipe, priority: Priority) -> BlobInfo:
        """Return the blob of a recipe, which is rendered if it is not bound yet.

        Its bytes may have been evicted: `open` renders them again. Raises `SourceGone`,
        `Unavailable`, `SourceBroken`, `RenderFailed`.
        """
        known = await self.bound(recipe)
        if known is not None:
            return known
        return await self._flights.join(
            recipe.recipe_id,
            priority,
            lambda urgency: self._renderer.render(recipe, urgency),
        )

    async def keep_rendered(self, recipe: Recipe, staged: Path, made: RenderedBlob) -> BlobInfo:
        """Store a blob that was rendered before a client requested it.

        A request for it meanwhile waits for this. The file stays at `staged` if the recipe is
        being rendered already. Raises `SourceGone`, `Unavailable`, `SourceBroken`, `RenderFailed`.
        """
        return await self._flights.join(
            recipe.recipe_id,
            Priority.AHEAD,
            lambda _: self._renderer.keep_rendered(recipe, staged, made),
        )

    async def obtain_batch(
        self, batch: Sequence[Recipe], priority: Priority
    ) -> list[BlobInfo | BlobhlsError]:
        """Return the blobs of several cheap recipes of one source, rendered in one job.

        Without single flight: if a viewer requests one of them, it is cut a second time, as
        waiting for the whole batch would take longer. Both give the same bytes.
        """
        found: dict[int, BlobInfo | BlobhlsError] = {}
        for place, recipe in enumerate(batch):
            known = await self.bound(recipe)
            if known is not None:
                found[place] = known
        missing = [place for place in range(len(batch)) if place not in found]
        if missing:
            made = await self._renderer.render_batch([batch[place] for place in missing], priority)
            found.update(zip(missing, made, strict=True))
        return [found[place] for place in range(len(batch))]

    async def put(self, data: bytes, media_type: str) -> BlobInfo:
        """Store bytes that have no recipe, as a pinned blob. Raises `StoreFull`."""
        info = BlobInfo(BlobId.of(data), len(data), media_type)
        add = partial(self._blobs.add, info, pinned=True, now=time.time())
        await self._repository.add(data, info, add)
        return info

    async def bound(self, recipe: Recipe) -> BlobInfo | None:
        """Return the blob that a recipe is bound to; None if it was never rendered."""
        recipe_id = recipe.recipe_id
        return await self._index.lookup(self._blobs.bound, recipe_id, self._renderer.engine)

    async def iframes(self, blob_id: BlobId) -> tuple[IFrame, ...] | None:
        """Return the key frames of a segment; None if they are not known."""
        return await self._index.lookup(self._blobs.iframes.of, blob_id)

    async def iframes_of(self, segments: Sequence[Recipe]) -> list[tuple[IFrame, ...]] | None:
        """Return the key frames of each segment; None if those of any segment are not known.

        A segment without key frames counts as not known.
        """
        return await self._index.read(self._iframes_of, segments)

    async def find_iframes(self, recipe: Recipe, blob_id: BlobId) -> tuple[IFrame, ...]:
        """Return the key frames of a segment, and find them in its bytes if they are not known.

        Evicted bytes are cut again for it, but never encoded again. Raises `BlobMissing`,
        `Unavailable`, `SourceBroken`, `RenderFailed`.
        """
        known = await self.iframes(blob_id)
        if known is None and isinstance(recipe, CutVideo):
            (await self.open(blob_id, Priority.SEAL)).close()
            known = await self.iframes(blob_id)
        if known is not None:
            return known
        found = await self.present(blob_id)
        if found is None:
            raise Unavailable("its bytes were evicted")
        with found:
            return await self._renderer.find_iframes(recipe, blob_id)

    def _iframes_of(self, segments: Sequence[Recipe]) -> list[tuple[IFrame, ...]] | None:
        found: list[tuple[IFrame, ...]] = []
        # From the end: viewers render the beginning first, so a gap is found sooner.
        for recipe in reversed(segments):
            info = self._blobs.bound(recipe.recipe_id, self._renderer.engine)
            frames = None if info is None else self._blobs.iframes.of(info.blob_id)
            if not frames:
                return None
            found.append(frames)
        return found[::-1]

    async def _state(self, blob_id: BlobId) -> BlobState:
        return await self._repository.state(blob_id, self._renderer.engine)

    async def _note_loss(self, blob_id: BlobId) -> None:
        """Note that the bytes of a row are gone or damaged; they are rendered again on request."""
        is_lost = self._repository.is_lost
        if not await self._repository.drop(blob_id, keep_row=True, when=is_lost):
            return
        _log.warning("the bytes of blob %s are not in the store any more", blob_id)
        if (await self._state(blob_id)).recipe is None:
            await self._quarantine(blob_id, "its bytes are gone")

    async def _can_be_restored(self, blob_id: BlobId, state: BlobState) -> bool:
        """Say whether evicted bytes can surely be rendered again; raises `SourceOffline`."""
        if state.recipe is None or blob_id in self._block_list:
            return False
        try:
            await self._renderer.check_source(state.recipe.source_id)
        except SourceGone as error:
            raise BlobMissing(blob_id) from error
        return state.proven is True

    async def _restore(self, blob_id: BlobId, urgency: Urgency) -> None:
        """Render the bytes again; a recipe that gives different bytes is quarantined."""
        engine = self._renderer.engine
        is_different = False
        while (recipe := (await self._state(blob_id)).recipe) is not None:
            try:
                if await self._renderer.rerender(recipe, blob_id, urgency):
                    return
            except SourceGone as error:
                raise BlobMissing(blob_id) from error
            recipe_id, profile = recipe.recipe_id, recipe.profile
            await self._index.write(self._blobs.quarantine, recipe_id, profile, engine, _DIFFERENT)
            is_different = True
        if is_different:
            await self._quarantine(blob_id, _DIFFERENT)
        raise BlobMissing(blob_id)

    async def _quarantine(self, blob_id: BlobId, reason: str) -> None:
        _log.error("blob %s can't be rendered again: %s", blob_id, reason)
        for listener in self._listeners:
            await listener(blob_id, reason)

"""Blobs by id and by recipe."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobhlsError, BlobMissing, SourceGone, Unavailable
from blobhls.index.ledger.blobs import BlobIndex
from blobhls.lru import LruCache
from blobhls.media.results import IFrame, RenderedBlob
from blobhls.recipe import CutVideo, Recipe, RecipeId
from blobhls.store.base import BlobStore, OpenBlob
from blobhls.vault.renderer import Renderer
from blobhls.workers import Priority, SingleFlight, Urgency

_log: Final = logging.getLogger(__name__)

_SMALL: Final = 64 * 1024  # bytes; blobs up to this stay in memory while they are asked for
_MEMORY: Final = 16 * 1024 * 1024  # bytes of small blobs
_KNOWN: Final = 20_000  # blobs whose size and type stay in memory
_ATTEMPTS: Final = 3  # to open what eviction may take away in the same moment
_DIFFERENT: Final = "its recipe made different bytes"


class Vault:
    """Get a blob whatever it takes. To be used from one event loop."""

    def __init__(self, store: BlobStore, index: BlobIndex, renderer: Renderer) -> None:
        self._store = store
        self._index = index
        self._renderer = renderer
        self._flights = SingleFlight()
        self._infos: LruCache[BlobId, BlobInfo] = LruCache(_KNOWN)
        self._small: LruCache[BlobId, bytes] = LruCache(_MEMORY, weigh=len)
        self._used: dict[BlobId, float] = {}
        self._distrusted: list[Callable[[BlobId, str], None]] = []
        self._blocked: set[str] = set()
        self._held: set[str] = set()

    def on_distrust(self, tell: Callable[[BlobId, str], None]) -> None:
        """Have `tell` called with a blob that can't be made again, and why."""
        self._distrusted.append(tell)

    def block(self, blob_ids: Iterable[str]) -> None:
        """Answer as if some blobs did not exist, whether they are here or could be made."""
        for blob_id in blob_ids:
            self._blocked.add(blob_id)
            self.forget(BlobId(blob_id))

    def block_only(self, blob_ids: Collection[str]) -> None:
        """Block exactly these."""
        self._blocked.intersection_update(blob_ids)
        self.block(each for each in blob_ids if each not in self._blocked)

    def unblock(self, blob_id: str) -> None:
        """Let a blob be what it is again."""
        self._blocked.discard(blob_id)

    def is_blocked(self, blob_id: str) -> bool:
        """Say whether a hash is kept out."""
        return blob_id in self._blocked

    @contextmanager
    def holding(self, blob_id: str) -> Iterator[None]:
        """Keep a blob's bytes while somebody writes down that they stay. One holder at a time."""
        self._held.add(blob_id)
        try:
            yield
        finally:
            self._held.discard(blob_id)

    def is_held(self, blob_id: str) -> bool:
        """Say whether a blob must not be evicted just now."""
        return blob_id in self._held

    def peek(self, blob_id: BlobId) -> OpenBlob | None:
        """Return the blob if its bytes are here, else None. Never derives and never waits."""
        info = self._infos.get(blob_id)
        if info is None:
            row = self._index.row(blob_id)
            if row is None or not row.present or blob_id in self._blocked:
                return None
            info = row.info
            self._infos.put(blob_id, info)
        data = self._small.get(blob_id)
        if data is None:
            try:
                file = self._opened(info)
            except BlobMissing:
                self._vanished(blob_id)
                return None
            if info.size > _SMALL:
                self._used[blob_id] = time.time()
                return OpenBlob(info, file)
            with file:
                data = file.read()
            self._small.put(blob_id, data)
        self._used[blob_id] = time.time()
        return OpenBlob(info, io.BytesIO(data))

    async def stat(self, blob_id: BlobId) -> BlobInfo:
        """Return what `open` would give, from the index where that is sure to succeed.

        Raises `BlobMissing`, `Unavailable`, `SourceBroken`, `RenderFailed`.
        """
        found = self.peek(blob_id)
        if found is None:
            row = self._index.row(blob_id)
            if row is not None and blob_id not in self._blocked and self._comes_back(blob_id):
                return row.info
            found = await self.open(blob_id)
        found.close()
        return found.info

    async def open(self, blob_id: BlobId, priority: Priority = Priority.VIEWER) -> OpenBlob:
        """Return the blob, made again if need be, and verified before this returns.

        Raises as `stat`.
        """
        for _ in range(_ATTEMPTS):
            found = self.peek(blob_id)
            if found is not None:
                return found
            if blob_id in self._blocked:
                raise BlobMissing(blob_id)
            await self._flights.join(
                blob_id, priority, lambda urgency: self._make_again(blob_id, urgency)
            )
        raise Unavailable("its bytes went as soon as they were made")

    async def obtain(self, recipe: Recipe, priority: Priority) -> BlobInfo:
        """Return the blob of a recipe, made if it is not known yet.

        Its bytes may have been evicted since: `open` gives them. Raises as `Renderer` does.
        """
        recipe_id = recipe.recipe_id
        known = self._index.bound(recipe_id, self._renderer.engine)
        if known is not None:
            return known
        info = await self._flights.join(
            recipe_id, priority, lambda urgency: self._renderer.make(recipe, urgency)
        )
        self._infos.drop(info.blob_id)  # somebody may have brought it before, with another type
        return info

    async def take(self, recipe: Recipe, staged: Path, made: RenderedBlob) -> BlobInfo:
        """Keep what was made of a recipe before anybody asked; who does meanwhile waits for it.

        A file stays at `staged` where somebody else is already at it. Raises as `obtain`.
        """
        return await self._flights.join(
            recipe.recipe_id,
            Priority.AHEAD,
            lambda _: self._renderer.keep(recipe, staged, made),
        )

    async def obtain_run(
        self, batch: Sequence[Recipe], priority: Priority
    ) -> list[BlobInfo | BlobhlsError]:
        """Return the blobs of several cheap recipes of one source, made in one go.

        No flight: a viewer who wants one of them has it cut beside the run, as waiting for the
        whole run would take longer. Both give the same bytes.
        """
        found: dict[int, BlobInfo | BlobhlsError] = {}
        for place, recipe in enumerate(batch):
            known = self._index.bound(recipe.recipe_id, self._renderer.engine)
            if known is not None:
                found[place] = known
        missing = [place for place in range(len(batch)) if place not in found]
        if missing:
            made = await self._renderer.make_run([batch[place] for place in missing], priority)
            found.update(zip(missing, made, strict=True))
        return [found[place] for place in range(len(batch))]

    def put(self, data: bytes, media_type: str) -> BlobInfo:
        """Keep bytes that nothing can make again."""
        info = BlobInfo(self._store.put(data), len(data), media_type)
        self._index.add(info, pinned=True, now=time.time())
        return info

    def known(self, recipe: Recipe) -> BlobInfo | None:
        """Return the blob that a recipe is bound to, if it was ever made."""
        return self._index.bound(recipe.recipe_id, self._renderer.engine)

    def failure(self, recipe: Recipe) -> str | None:
        """Return why a recipe is not worth another attempt just now; None if it is."""
        return self._renderer.failures.lately(recipe)

    def failed(self, source_id: str) -> frozenset[RecipeId]:
        """Return the recipes of a source that are taken for impossible to make."""
        return self._renderer.failures.of_source(source_id)

    def iframes(self, blob_id: BlobId) -> tuple[IFrame, ...] | None:
        """Return where the key frames of a segment are; None where nobody has looked."""
        return self._index.iframes.of(blob_id)

    async def look(self, recipe: Recipe, blob_id: BlobId) -> tuple[IFrame, ...]:
        """Return where the key frames of a segment are, found in its bytes if they are not known.

        Bytes that were evicted are cut again for it, and then it is known; none are encoded
        again. Raises as `stat`.
        """
        if self.iframes(blob_id) is None and isinstance(recipe, CutVideo):
            (await self.open(blob_id, Priority.SEAL)).close()
        known = self.iframes(blob_id)
        if known is not None:
            return known
        found = self.peek(blob_id)
        if found is None:
            raise Unavailable("its bytes were evicted")
        with found:
            return await self._renderer.look(recipe, blob_id)

    def note_use(self) -> None:
        """Write down which blobs were used since the last time; eviction goes by it."""
        if self._used:
            used, self._used = self._used, {}
            self._index.touch(used)

    def gone(self, blob_id: BlobId) -> None:
        """Note that bytes are about to go, or have gone: the row before the file."""
        self._index.set_absent(blob_id)
        self.forget(blob_id)

    def forget(self, blob_id: BlobId) -> None:
        """Drop what is in memory of a blob whose row has changed or gone."""
        self._infos.drop(blob_id)
        self._small.drop(blob_id)
        self._used.pop(blob_id, None)

    def _opened(self, info: BlobInfo) -> BinaryIO:
        """Open a blob's bytes; those of another length are as good as none."""
        file = self._store.open(info.blob_id)
        if file.seek(0, io.SEEK_END) != info.size:
            file.close()
            raise BlobMissing(info.blob_id)
        file.seek(0)
        return file

    def _vanished(self, blob_id: BlobId) -> None:
        """Note that a file vanished or was damaged under its row: made again, if it can be."""
        _log.warning("the bytes of blob %s are not in the store any more", blob_id)
        self.gone(blob_id)
        self._store.remove(blob_id)
        if self._index.recipe_of(blob_id, self._renderer.engine) is None:
            self._withdraw(blob_id, "its bytes are gone")

    def _comes_back(self, blob_id: BlobId) -> bool:
        """Say whether evicted bytes are sure to be made again; raises `SourceOffline`."""
        recipe = self._index.recipe_of(blob_id, self._renderer.engine)
        if recipe is None:
            return False
        self._find_source(blob_id, recipe)
        return self._index.proof(recipe.profile, self._renderer.engine) is True

    def _find_source(self, blob_id: BlobId, recipe: Recipe) -> None:
        try:
            self._renderer.find_source(recipe.source_id)
        except SourceGone as error:
            raise BlobMissing(blob_id) from error

    async def _make_again(self, blob_id: BlobId, urgency: Urgency) -> None:
        """Have the bytes in the store again; a recipe that makes others is never used again."""
        engine = self._renderer.engine
        distrusted = False
        while (recipe := self._index.recipe_of(blob_id, engine)) is not None:
            self._find_source(blob_id, recipe)
            if await self._renderer.remake(recipe, blob_id, urgency):
                return
            self._index.quarantine(recipe.recipe_id, recipe.profile, engine, _DIFFERENT)
            distrusted = True
        if distrusted:
            self._withdraw(blob_id, _DIFFERENT)
        raise BlobMissing(blob_id)

    def _withdraw(self, blob_id: BlobId, reason: str) -> None:
        _log.error("blob %s is withdrawn: %s", blob_id, reason)
        for tell in self._distrusted:
            tell(blob_id, reason)

"""Segments for viewers, and reading ahead of them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

from blobhls.blob import BlobInfo
from blobhls.derive import Priority
from blobhls.errors import BlobhlsError, RenditionUnknown
from blobhls.media.plan import Rendition
from blobhls.recipe import EncodeVideo
from blobhls.resolver.opening import Opened
from blobhls.vault import Vault

_log: Final = logging.getLogger(__name__)

_AHEAD: Final = 2  # segments made before they are asked for
_VIEWERS: Final = 32  # renditions read ahead at the same time


class Watching:
    """Gives segments, and makes the next ones while the viewer looks at this one."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._ahead: dict[tuple[str, str], tuple[int, asyncio.Task[None]]] = {}

    async def segment(self, opened: Opened, name: str, number: int) -> BlobInfo:
        """Return the blob of one segment; raises `RenditionUnknown` outside the plan."""
        rendition = opened.plan.rendition(name)
        recipe = opened.plan.recipe(rendition, number)
        info = await self._vault.obtain(recipe, Priority.VIEWER)
        if isinstance(recipe, EncodeVideo):
            self._read_ahead(opened, rendition, number + 1)
        return info

    async def init(self, opened: Opened, name: str) -> BlobInfo:
        """Return the blob of a rendition's `EXT-X-MAP`; raises `RenditionUnknown` without one."""
        recipe = opened.plan.init(opened.plan.rendition(name))
        if recipe is None:
            raise RenditionUnknown(f"{name} has no initialisation section")
        return await self._vault.obtain(recipe, Priority.VIEWER)

    def _read_ahead(self, opened: Opened, rendition: Rendition, first: int) -> None:
        """Make the next segments; what was begun for another place is dropped."""
        viewer = (opened.plan_id, rendition.name)
        before = self._ahead.pop(viewer, None)
        if before is not None and not before[1].done():
            if before[0] in (first, first - 1):
                # Still on the way: it goes on with what it has, and is asked again soon.
                self._ahead[viewer] = before
                return
            before[1].cancel()
        while len(self._ahead) >= _VIEWERS:
            self._ahead.pop(next(iter(self._ahead)))[1].cancel()
        last = min(first + _AHEAD, rendition.count)
        task = asyncio.create_task(self._make(opened, rendition, range(first, last)))
        self._ahead[viewer] = (first, task)

    async def _make(self, opened: Opened, rendition: Rendition, numbers: range) -> None:
        for number in numbers:
            # Who asks for this segment itself is told what is wrong with it.
            with suppress(BlobhlsError):
                recipe = opened.plan.recipe(rendition, number)
                await self._vault.obtain(recipe, Priority.AHEAD)

    async def close(self) -> None:
        """Drop all reading ahead."""
        tasks = [task for _, task in self._ahead.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

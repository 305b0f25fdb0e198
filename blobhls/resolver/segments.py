"""Segments for viewers, and reading ahead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress
from typing import Final

from cachetools import LRUCache

from blobhls.blob import BlobInfo
from blobhls.errors import BlobhlsError, RenderFailed, RenditionUnknown
from blobhls.media.plan.blank import blank_recipe
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.results import IFrame
from blobhls.recipe import EncodeVideo, RecipeId, Segment
from blobhls.resolver.plans import PlannedVideo
from blobhls.vault import Vault
from blobhls.workers import Priority

_log: Final = logging.getLogger(__name__)

_AHEAD: Final = 2  # segments that are rendered before they are requested
_TITLES: Final = 32  # titles read ahead at the same time
_POSITIONS: Final = 8  # of one title, current and recent


class _Position:
    """The position of a viewer in a rendition, and the task that reads ahead from it."""

    def __init__(self, rendition: str) -> None:
        self.rendition = rendition
        self.number = 0  # of the last requested segment
        self.task: asyncio.Task[None] | None = None
        self.was_dropped = False

    def may_continue_with(self, rendition: str, number: int) -> bool:
        """Say whether a request for a segment may come from the same viewer."""
        return self.rendition == rendition and abs(number - self.number) <= 1 + _AHEAD

    def drop(self) -> None:
        """Stop reading ahead: the viewer has probably jumped away."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            self.task = None
            self.was_dropped = True


class _Title:
    """The positions in one title, the last used at the end, and the number of viewers."""

    def __init__(self) -> None:
        self.positions: list[_Position] = []
        self.viewers = 1

    def at(self, rendition: str, number: int) -> _Position:
        """Return the position that a request belongs to; drops abandoned positions.

        Requests don't identify the viewer. A jump looks like a second viewer, until the first
        position continues too; from then on both positions are read ahead.
        """
        position = next((p for p in self.positions if p.may_continue_with(rendition, number)), None)
        if position is None:
            position = _Position(rendition)
        else:
            self.positions.remove(position)
            self.viewers += position.was_dropped
            position.was_dropped = False
        position.number = number
        self.positions.append(position)
        for left in self.positions[: -self.viewers]:
            left.drop()
        del self.positions[:-_POSITIONS]
        return position


class _Titles(LRUCache[str, _Title]):
    """The last watched titles, by plan_id; only these are read ahead."""

    def popitem(self) -> tuple[str, _Title]:
        """Remove the least recently watched title."""
        plan_id, oldest = super().popitem()
        for position in oldest.positions:
            position.drop()
        return plan_id, oldest


class SegmentServer:
    """Returns segments, and has the next ones rendered ahead."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._titles: _Titles = _Titles(_TITLES)  # by plan_id

    async def segment(self, planned: PlannedVideo, name: str, number: int) -> BlobInfo:
        """Return the blob of one segment, or a blank if it can't be rendered.

        Raises `RenditionUnknown` outside the plan, `RenderFailed` if the blank fails, too.
        """
        rendition = planned.plan.rendition(name)
        recipe = planned.plan.recipe(rendition, number)
        reason = self._vault.failures.recent_reason(recipe)
        if reason is not None:
            error = RenderFailed(recipe.recipe_id, reason)
            return await self._blank_segment(planned, rendition, number, error)
        try:
            return await self._obtain(planned, rendition, number, recipe)
        except RenderFailed as error:
            return await self._blank_segment(planned, rendition, number, error)

    async def gaps(self, plan: Plan, rendition: Rendition) -> frozenset[int]:
        """Return the numbers of segments that are known to be impossible to render."""
        failed = self._vault.failures.of_source(plan.source_id)
        if not failed:
            return frozenset()
        # In a thread: a film of two hours has 1200 windows, each with an id to hash.
        return await asyncio.to_thread(_numbers_of, failed, plan, rendition)

    async def _blank_segment(
        self, planned: PlannedVideo, rendition: Rendition, number: int, error: RenderFailed
    ) -> BlobInfo:
        blank = blank_recipe(planned.plan, rendition, number)
        video_id = planned.video.video_id
        _log.warning(
            "%s: a blank stands in for %s %d: %s", video_id, rendition.name, number, error.reason
        )
        try:
            return await self._vault.obtain(blank, Priority.VIEWER)
        except RenderFailed:
            raise error from None

    async def _obtain(
        self, planned: PlannedVideo, rendition: Rendition, number: int, recipe: Segment
    ) -> BlobInfo:
        if not isinstance(recipe, EncodeVideo):
            return await self._vault.obtain(recipe, Priority.VIEWER)
        # Abandoned positions are dropped first, so that no request waits behind them.
        position = self._title(planned.plan_id).at(rendition.name, number)
        info = await self._vault.obtain(recipe, Priority.VIEWER)
        if position.number == number and (position.task is None or position.task.done()):
            position.task = asyncio.create_task(self._read_ahead(planned, rendition, position))
        return info

    async def init(self, planned: PlannedVideo, name: str) -> BlobInfo:
        """Return the blob of a rendition's `EXT-X-MAP`; raises `RenditionUnknown` without one."""
        recipe = planned.plan.init(planned.plan.rendition(name))
        if recipe is None:
            raise RenditionUnknown(f"{name} has no initialisation section")
        return await self._vault.obtain(recipe, Priority.VIEWER)

    async def iframes(
        self, planned: PlannedVideo, rendition: Rendition
    ) -> list[tuple[IFrame, ...]] | None:
        """Return the key frames of each segment; None if a segment is not rendered yet.

        They are those of the segments that are served now, not of the sealed ones.
        """
        numbers = range(rendition.count)
        return await self._vault.iframes_of([planned.plan.recipe(rendition, n) for n in numbers])

    async def close(self) -> None:
        """Stop all reading ahead."""
        tasks = [position.task for title in self._titles.values() for position in title.positions]
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _title(self, plan_id: str) -> _Title:
        return self._titles.setdefault(plan_id, _Title())

    async def _read_ahead(
        self, planned: PlannedVideo, rendition: Rendition, position: _Position
    ) -> None:
        """Read ahead of a position for as long as it moves on."""
        number = position.number + 1
        while number <= position.number + _AHEAD and number < rendition.count:
            # A request for this segment itself gets the error.
            with suppress(BlobhlsError):
                recipe = planned.plan.recipe(rendition, number)
                await self._vault.obtain(recipe, Priority.AHEAD)
            number = max(number, position.number) + 1


def _numbers_of(
    recipe_ids: Collection[RecipeId], plan: Plan, rendition: Rendition
) -> frozenset[int]:
    """Return the numbers of the segments of a rendition that have one of these recipes."""
    numbers = range(rendition.count)
    return frozenset(n for n in numbers if plan.recipe(rendition, n).recipe_id in recipe_ids)

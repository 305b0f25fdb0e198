"""Recipes that failed to render, for as long as the server runs.

A first failure may be a worker that was short of memory or time. A recipe that failed twice is
taken for impossible.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec
from cachetools import LRUCache

from blobhls.recipe import Recipe, RecipeId

_SOURCES: Final = 1_000
_MOST: Final = 10_000  # of one source
_ENOUGH: Final = 2  # attempts
_AGAIN: Final = 600  # seconds after which an impossible recipe is tried again


class Failure(msgspec.Struct, frozen=True):
    """Why a recipe failed to render."""

    reason: str
    at: float  # seconds of the clock
    times: int


class Failures:
    """Remembers failed recipes by source, until one of them is rendered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sources: LRUCache[str, dict[RecipeId, Failure]] = LRUCache(_SOURCES)

    def note(self, recipe: Recipe, reason: str) -> None:
        """Remember that a recipe has failed now."""
        source_id = recipe.source_id
        found = self._sources.get(source_id)
        if found is None:
            found = {}
            self._sources[source_id] = found
        recipe_id = recipe.recipe_id
        if recipe_id in found or len(found) < _MOST:
            before = found.get(recipe_id)
            times = 1 if before is None else before.times + 1
            found[recipe_id] = Failure(reason, self._clock(), times)

    def clear(self, recipe: Recipe) -> None:
        """Forget the failures of a recipe, which was rendered."""
        found = self._sources.get(recipe.source_id)
        if found:
            found.pop(recipe.recipe_id, None)

    def of_source(self, source_id: str) -> frozenset[RecipeId]:
        """Return the recipes of a source that are taken for impossible."""
        found = self._sources.get(source_id) or {}
        return frozenset(each for each, failure in found.items() if failure.times >= _ENOUGH)

    def recent_reason(self, recipe: Recipe) -> str | None:
        """Return why a recipe is impossible, if its last attempt was within 600 seconds."""
        found = self._sources.get(recipe.source_id)
        failure = found.get(recipe.recipe_id) if found else None
        if failure is None or failure.times < _ENOUGH:
            return None
        return failure.reason if self._clock() - failure.at <= _AGAIN else None

"""How the recipes of a rendition are grouped into jobs for the workers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from blobhls.recipe import CutAudio, EncodeVideo, Recipe

_BATCH: Final = 20  # cheap recipes in one job …
_AUDIO_BATCH: Final = 40  # … and of cut audio, which takes a third as long

T = TypeVar("T")


def batches(recipes: Sequence[Recipe]) -> Iterator[Sequence[Recipe]]:
    """Yield encodes one by one, and cheap recipes in batches, each of which opens the file once."""
    step = _batch_size(recipes[0]) if recipes else 1
    for first in range(0, len(recipes), step):
        yield recipes[first : first + step]


def _batch_size(recipe: Recipe) -> int:
    match recipe:
        case EncodeVideo():
            return 1
        case CutAudio():
            return _AUDIO_BATCH
        case _:
            return _BATCH


async def run_all(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return the results of all `works`; when one fails, the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""How the recipes of a rendition are given to the workers, whatever becomes of the bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from blobhls.recipe import CutAudio, EncodeVideo, Recipe

_RUN: Final = 20  # cheap recipes that a worker takes at a time …
_SOUND_RUN: Final = 40  # … and of cut sound, which takes a third as long

T = TypeVar("T")


def batches(recipes: Sequence[Recipe]) -> Iterator[Sequence[Recipe]]:
    """Yield encodes one by one, and cheap recipes in runs: each run opens the file once."""
    step = _together(recipes[0]) if recipes else 1
    for first in range(0, len(recipes), step):
        yield recipes[first : first + step]


def _together(recipe: Recipe) -> int:
    match recipe:
        case EncodeVideo():
            return 1
        case CutAudio():
            return _SOUND_RUN
        case _:
            return _RUN


async def run_all(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all of them return; when one fails, nobody needs the others any more."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""Many small works, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def each(items: Sequence[T], work: Callable[[T], Awaitable[None]], *, at_once: int) -> None:
    """Do `work` for every item, begun in order; the first error ends the rest and is raised."""
    waiting = iter(items)

    async def take_turns() -> None:
        for item in waiting:  # one iterator for all: whoever is free takes the next one
            await work(item)

    # Not a task for each item: a long title has tens of thousands.
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(take_turns())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None

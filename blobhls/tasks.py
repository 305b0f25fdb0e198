"""Tasks that outlive their caller, and bounded concurrency."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")

_log: Final = logging.getLogger(__name__)


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns; a cancelled caller still waits until it is done.

    Otherwise a cancelled caller could remove a file while its row is being written.
    """
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_retrieve)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class BackgroundTasks:
    """Tasks that no caller has to wait for. To be used from one event loop.

    It keeps them alive, as the event loop holds only weak references to tasks, and logs their
    errors.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin some work and return its task."""
        task = self._begin(work)
        task.add_done_callback(_log_error)
        return task

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns; if the caller is cancelled, the work continues."""
        task = self._begin(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_log_error)
            raise

    async def close(self) -> None:
        """Wait until all of them have ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def cancel(self) -> None:
        """Cancel all of them, and wait until they have ended."""
        for task in self._tasks:
            task.cancel()
        await self.close()

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def for_each(items: Sequence[T], work: Callable[[T], Awaitable[None]], *, limit: int) -> None:
    """Do `work` for every item, at most `limit` at a time, started in order.

    The first error cancels the rest and is raised.
    """
    waiting = iter(items)

    async def take_turns() -> None:
        for item in waiting:  # all share one iterator: an idle task takes the next item
            await work(item)

    # Not a task for each item: a long title has tens of thousands.
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(limit, len(items))):
                group.create_task(take_turns())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Retrieve an error that no caller waits for any more, so that asyncio does not log it."""
    if not task.cancelled():
        task.exception()


def _log_error(task: asyncio.Task[Any]) -> None:
    """Log the error of a task, as no caller sees it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("%s has ended", task.get_coro(), exc_info=error)

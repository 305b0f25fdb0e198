"""Single flight: one task for all callers that want the same result at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from blobhls.workers.job import Priority, Urgency

T = TypeVar("T")


class _Flight(Generic[T]):
    def __init__(self, task: asyncio.Task[T], urgency: Urgency) -> None:
        self.task = task
        self.urgency = urgency
        self.waiters = 0


class SingleFlight:
    """Shared running tasks, by name."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[Any]] = {}

    async def join(
        self,
        name: str,
        priority: Priority,
        start: Callable[[Urgency], Coroutine[Any, Any, T]],
    ) -> T:
        """Return what `start` returns; a running flight of this name is shared.

        The flight is as urgent as its most urgent caller. A cancelled caller leaves the flight.
        When the last one has left, the task is cancelled, and the next caller starts a new one.
        """
        flight: _Flight[T] | None = self._flights.get(name)
        if flight is None:
            flight = self._begin(name, Urgency(priority), start)
        flight.urgency.rise(priority)
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.task.done():
                self._remove(name, flight)
                flight.task.cancel()

    def _begin(
        self, name: str, urgency: Urgency, start: Callable[[Urgency], Coroutine[Any, Any, T]]
    ) -> _Flight[T]:
        task = asyncio.get_running_loop().create_task(start(urgency), name=name)
        flight = self._flights[name] = _Flight(task, urgency)
        task.add_done_callback(lambda _: self._remove(name, flight))
        return flight

    def _remove(self, name: str, flight: _Flight[Any]) -> None:
        # A cancelled flight may end only after the next one of its name has begun.
        if self._flights.get(name) is flight:
            del self._flights[name]

"""Bounded work: a few worker processes, urgent jobs first, and one flight per piece of work."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import importlib
import itertools
import multiprocessing
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from enum import IntEnum
from functools import partial
from typing import Any, Final, Generic, TypeVar

import msgspec
from pebble import ProcessExpired, ProcessPool

from blobhls.errors import SourceBroken, WorkersBusy

T = TypeVar("T")

_MOST_QUEUED: Final = 2_000
_WORKER: Final = "blobhls.media.worker"


class Priority(IntEnum):
    """Who waits for a job; lower numbers go first."""

    VIEWER = 0  # a person, now
    AHEAD = 1  # a person, soon
    SEAL = 2
    BACKGROUND = 3


class Job(msgspec.Struct, Generic[T], frozen=True):
    """A call that a worker process makes."""

    function: str  # of `blobhls.media.worker`; by name, as the server itself never loads libav
    arguments: tuple[object, ...]  # must pickle
    returns: type[T]
    subject: str  # what a failure is about, for people: a file name
    timeout: float = 120  # seconds until the worker is ended
    heavy: bool = False  # takes seconds: worth ending when nobody waits for it any more


class _Queued(msgspec.Struct, eq=False):
    job: Job[Any]
    priority: Priority
    outcome: asyncio.Future[Any]
    running: Future[Any] | None = None


class Workers:
    """A pool of worker processes. To be used from one event loop.

    A job that crashes its process or exceeds its time or memory loses that job alone:
    `SourceBroken` names its subject, and a new process takes the old one's place.
    """

    def __init__(self, count: int, memory: int) -> None:
        """Start `count` processes with at most `memory` bytes of address space each."""
        self._context = multiprocessing.get_context("forkserver")
        # Forked from a process that has libav loaded, a new worker is there in milliseconds.
        self._context.set_forkserver_preload([_WORKER])
        self._count = count
        self._memory = memory
        self._pool = self._new_pool(count)
        self._queue: list[tuple[int, int, _Queued]] = []
        self._order = itertools.count()
        self._active = 0
        self._heavy_aside = 0  # heavy jobs running that no viewer waits for

    def _new_pool(self, count: int) -> ProcessPool:
        return ProcessPool(
            max_workers=count,
            context=self._context,
            initializer=_call,
            initargs=["prepare", self._memory],
        )

    async def run(self, job: Job[T], priority: Priority) -> T:
        """Return what the job returns, or raise what it raises.

        Cancelled before it started, a job never runs; a heavy one that runs is ended. Raises
        `WorkersBusy` when too much is queued.
        """
        if len(self._queue) >= _MOST_QUEUED:
            raise WorkersBusy("too much work is queued")
        queued = _Queued(job, priority, asyncio.get_running_loop().create_future())
        heapq.heappush(self._queue, (priority, next(self._order), queued))
        self._start()
        try:
            result: T = await queued.outcome
        except asyncio.CancelledError:
            if queued.running is not None and job.heavy:
                queued.running.cancel()
            raise
        return result

    async def run_alone(self, job: Job[T]) -> T:
        """Run a job in a fresh process of its own, which ends with it."""
        with self._new_pool(1) as pool:
            result: T = await asyncio.wrap_future(_scheduled(pool, job))
        return result

    def close(self) -> None:
        """End the workers now, whatever they do."""
        for _, _, queued in self._queue:
            queued.outcome.cancel()
        self._queue.clear()
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _start(self) -> None:
        """Hand queued jobs to free workers, in order."""
        aside: list[tuple[int, int, _Queued]] = []
        while self._queue and self._active < self._count:
            entry = heapq.heappop(self._queue)
            queued = entry[2]
            if queued.outcome.done():
                continue
            if self._must_wait(queued):
                aside.append(entry)
                continue
            self._active += 1
            self._heavy_aside += _is_heavy_aside(queued)
            queued.running = _scheduled(self._pool, queued.job)
            queued.running.add_done_callback(partial(self._done, queued))
        for entry in aside:
            heapq.heappush(self._queue, entry)

    def _must_wait(self, queued: _Queued) -> bool:
        """Keep one worker free of long work that nobody watches: a viewer may come."""
        return _is_heavy_aside(queued) and self._heavy_aside >= max(1, self._count - 1)

    def _done(self, queued: _Queued, future: Future[Any]) -> None:
        """Carry the end of a job from pebble's thread into the event loop."""
        with contextlib.suppress(RuntimeError):  # closed: nobody waits any more
            queued.outcome.get_loop().call_soon_threadsafe(self._finish, queued, future)

    def _finish(self, queued: _Queued, future: Future[Any]) -> None:
        self._active -= 1
        self._heavy_aside -= _is_heavy_aside(queued)
        self._start()
        if queued.outcome.done():
            return
        if future.cancelled():
            queued.outcome.cancel()
            return
        error = future.exception()
        if error is None:
            queued.outcome.set_result(future.result())
        else:
            queued.outcome.set_exception(_explained(error, queued.job))


def _is_heavy_aside(queued: _Queued) -> bool:
    return queued.job.heavy and queued.priority > Priority.VIEWER


def _call(function: str, *arguments: object) -> object:
    """Call a function of the worker module; runs in a worker process."""
    return getattr(importlib.import_module(_WORKER), function)(*arguments)


def _scheduled(pool: ProcessPool, job: Job[Any]) -> Future[Any]:
    future: Future[Any] = pool.schedule(
        _call, args=[job.function, *job.arguments], timeout=job.timeout
    )
    return future


def _explained(error: BaseException, job: Job[Any]) -> BaseException:
    if isinstance(error, FutureTimeoutError):
        return SourceBroken(f"{job.subject} took longer than {job.timeout:.0f} s to read")
    if isinstance(error, ProcessExpired):
        return SourceBroken(f"{job.subject} crashed the process that read it")
    if isinstance(error, MemoryError):
        return SourceBroken(f"{job.subject} needs more memory than a worker may take")
    return error


class _Flight(Generic[T]):
    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.waiters = 0


class Flights:
    """One task for everybody who asks for the same thing at the same time."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[Any]] = {}

    async def join(self, name: str, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what `start` returns, sharing a flight of this name that is under way.

        A caller that is cancelled leaves; the task ends when the last one has left.
        """
        flight: _Flight[T] | None = self._flights.get(name)
        if flight is None:
            flight = _Flight(asyncio.get_running_loop().create_task(start(), name=name))
            self._flights[name] = flight
            flight.task.add_done_callback(lambda _: self._landed(name))
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.task.done():
                self._landed(name)
                flight.task.cancel()

    def _landed(self, name: str) -> None:
        self._flights.pop(name, None)

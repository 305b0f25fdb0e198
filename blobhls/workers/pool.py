"""The queue in front of the worker processes."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, Generic, TypeVar

import msgspec

from blobhls.errors import WorkerFailed, WorkersBusy
from blobhls.workers.job import Job, Priority, Urgency
from blobhls.workers.process import ProcessDied, Reply, WorkerProcess, WorkerSpawner

T = TypeVar("T")

_MOST_QUEUED: Final = 2_000
_WORKER: Final = "blobhls.media.worker"
_STOPPING: Final = "the server is stopping"


class _Ticket(Generic[T]):
    """A job in the queue or at work, and who waits for it."""

    def __init__(self, job: Job[T], urgency: Urgency) -> None:
        self.job = job
        self.urgency = urgency
        self.outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.begun = False

    @property
    def is_heavy_aside(self) -> bool:
        """Whether it is long work that no viewer waits for."""
        return self.job.heavy and self.urgency.priority > Priority.VIEWER

    async def result(self) -> T:
        """Wait for the job; cancelled, nobody waits for it any more."""
        try:
            return await self.outcome
        except asyncio.CancelledError:
            if not self.outcome.cancelled():  # done in the same moment
                self.outcome.exception()
                self.discard()
            raise

    def succeed(self, value: T) -> None:
        """Hand over the result, or clear up if nobody is left to take it."""
        if self.outcome.done():
            self.discard()
        else:
            self.outcome.set_result(value)

    def fail(self, error: BaseException) -> None:
        """Clear up, and tell whoever is left."""
        self.discard()
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def discard(self) -> None:
        """Remove what the job wrote."""
        for path in self.job.staged:
            with suppress(OSError):
                path.unlink(missing_ok=True)


class Workers:
    """A pool of worker processes. To be used from one event loop.

    A job that crashes its process or exceeds its time or memory loses that job alone:
    `WorkerFailed` names its subject, and a new process takes the old one's place.
    """

    def __init__(self, count: int, memory: int, module: str = _WORKER) -> None:
        """`count` processes, each with at most `memory` bytes of address space.

        They start with the first job. `module` has the functions that jobs name, and one more:
        `prepare(memory)`, which sets a new process up.
        """
        self._count = count
        self._launcher = WorkerSpawner(module, memory)
        self._queue: list[tuple[int, int, _Ticket[Any]]] = []
        self._order = itertools.count()
        self._tickets: set[_Ticket[Any]] = set()
        self._running: set[_Ticket[Any]] = set()
        self._slots = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._closed = False

    async def run(self, job: Job[T], urgency: Urgency | Priority) -> T:
        """Return what the job returns, or raise what it raises.

        Cancelled before it started, a job never runs; a heavy one that runs is ended. Raises
        `WorkersBusy` when too much is queued, `WorkerFailed` for a crash, too much time or memory.
        """
        self._check_room()
        for _ in range(self._slots, self._count):
            self._slots += 1
            self._begin(self._slot())
        ticket = _Ticket(job, Urgency(urgency) if isinstance(urgency, Priority) else urgency)
        self._enqueue(ticket)
        with ticket.urgency.followed(partial(self._enqueue, ticket)), self._held(ticket):
            return await ticket.result()

    async def run_alone(self, job: Job[T]) -> T:
        """Run a job in a fresh process of its own, which ends with it. Raises as `run`."""
        self._check_room()
        # Its process ends in any case: as heavy as can be.
        job = msgspec.structs.replace(job, heavy=True)
        ticket = _Ticket(job, Urgency(Priority.BACKGROUND))
        self._begin(self._alone(ticket))
        with self._held(ticket):
            return await ticket.result()

    async def close(self) -> None:
        """End the workers now, whatever they do; who waits for a job gets `WorkersBusy`."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for ticket in self._tickets:
            ticket.fail(WorkersBusy(_STOPPING))

    @contextmanager
    def _held(self, ticket: _Ticket[Any]) -> Iterator[None]:
        """Know of a ticket for as long as somebody waits for it."""
        self._tickets.add(ticket)
        try:
            yield
        finally:
            self._tickets.discard(ticket)

    def _check_room(self) -> None:
        if self._closed:
            raise WorkersBusy(_STOPPING)
        if len(self._queue) >= _MOST_QUEUED:
            # Those whom nobody waits for any more leave the queue only when it is their turn.
            self._queue = [entry for entry in self._queue if _is_waiting(entry[2])]
            heapq.heapify(self._queue)
        if len(self._queue) >= _MOST_QUEUED:
            raise WorkersBusy("too much work is queued")

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _enqueue(self, ticket: _Ticket[Any]) -> None:
        """Put a ticket where its urgency belongs; one that rose is in the queue twice."""
        if _is_waiting(ticket):
            heapq.heappush(self._queue, (ticket.urgency.priority, next(self._order), ticket))
        self._wake()

    def _wake(self) -> None:
        """Have every idle slot look at the queue again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _slot(self) -> None:
        """Do one job after the other, in one process for as long as it lives."""
        process: WorkerProcess | None = None
        try:
            while True:
                if process is None or process.ended:
                    process = await self._launched()
                ticket = await self._next()
                self._running.add(ticket)
                try:
                    process = await self._work(ticket, process)
                finally:
                    self._running.discard(ticket)
                    self._wake()
        finally:
            if process is not None:
                await process.end()

    async def _alone(self, ticket: _Ticket[Any]) -> None:
        process = await self._work(ticket, None)
        if process is not None:
            await process.end()

    async def _launched(self) -> WorkerProcess | None:
        """Return a new process; None where the system gives none just now."""
        with suppress(OSError, ProcessDied):
            return await self._launcher.launch()
        return None

    async def _next(self) -> _Ticket[Any]:
        """Return the most urgent job that may start, as soon as there is one."""
        while True:
            changed = self._changed
            aside = []
            found: _Ticket[Any] | None = None
            while self._queue and found is None:
                entry = heapq.heappop(self._queue)
                if not _is_waiting(entry[2]):
                    continue
                if self._must_wait(entry[2]):
                    aside.append(entry)
                else:
                    found = entry[2]
            for entry in aside:
                heapq.heappush(self._queue, entry)
            if found is not None:
                found.begun = True
                return found
            await changed.wait()

    def _must_wait(self, ticket: _Ticket[Any]) -> bool:
        """Keep one worker free of long work that nobody watches: a viewer may come."""
        running = sum(other.is_heavy_aside for other in self._running)
        return ticket.is_heavy_aside and running >= max(1, self._count - 1)

    async def _work(
        self, ticket: _Ticket[Any], process: WorkerProcess | None
    ) -> WorkerProcess | None:
        """Do a job; returns the process if it can do another one."""
        try:
            if process is None or process.ended:  # it may have died while it had nothing to do
                process = await self._launched()
            if process is None:
                ticket.fail(WorkersBusy("no worker process can be started"))
                return None
            answer = await _answer(ticket, process)
            _settle(ticket, answer)
        except BaseException as error:
            # First the process, then what it wrote.
            if process is not None:
                await process.end()
            stopping = isinstance(error, asyncio.CancelledError)
            ticket.fail(WorkersBusy(_STOPPING) if stopping else error)
            if stopping:
                raise
            return None
        return process


def _is_waiting(ticket: _Ticket[Any]) -> bool:
    return not ticket.begun and not ticket.outcome.done()


async def _answer(ticket: _Ticket[Any], process: WorkerProcess) -> Reply | None:
    """Make the call; None if it took too long, or if nobody waits and it is worth ending."""
    job = ticket.job
    deadline = asyncio.get_running_loop().time() + job.timeout
    call = process.call(job.function, job.arguments)
    await asyncio.wait(
        (call, ticket.outcome), timeout=job.timeout, return_when=asyncio.FIRST_COMPLETED
    )
    if ticket.outcome.done() and not job.heavy:
        # Nobody waits any more, but it is over sooner than a new process would be there.
        await asyncio.wait((call,), timeout=deadline - asyncio.get_running_loop().time())
    return call.result() if call.done() else None


def _settle(ticket: _Ticket[Any], answer: Reply | None) -> None:
    """Hand over what came of a job; raises `WorkerFailed` if its process can't go on."""
    subject = ticket.job.subject
    if answer is None:
        raise WorkerFailed(f"{subject} took longer than {ticket.job.timeout:g} s")
    match answer.error:
        case None:
            ticket.succeed(answer.value)
        case ProcessDied():
            raise WorkerFailed(f"{subject} crashed the worker process")
        case MemoryError():
            raise WorkerFailed(f"{subject} needs more memory than a worker may take")
        case error:
            ticket.fail(error)

"""The pool on this machine: a few processes behind one queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from blobhls.errors import BlobhlsError, WorkerFailed, WorkersBusy
from blobhls.media.error_values import ErrorValue
from blobhls.media.jobs import FindEngine, Job
from blobhls.media.places import Places
from blobhls.media.results import Engine
from blobhls.tasks import BackgroundTasks
from blobhls.workers.base import JobFault
from blobhls.workers.job import Priority, Urgency
from blobhls.workers.job_queue import JobQueue, Ticket
from blobhls.workers.messages import Codec, Done, Fault, OutOfMemory, Ready
from blobhls.workers.process import ProcessDied, WorkerProcess, WorkerSpawner

T = TypeVar("T")

_log: Final = logging.getLogger(__name__)
_WORKER: Final = "blobhls.media.worker"
_STOPPING: Final = "the server is stopping"


class LocalPool:
    """A `WorkerPool` of processes. To be used from one event loop.

    A process that died or was killed is replaced by a new one.
    """

    def __init__(self, count: int, memory: int, places: Places, module: str = _WORKER) -> None:
        """`count` processes, each with at most `memory` bytes of address space.

        The processes start with the first job. `module` is a `WorkerModule`.
        """
        self._count = count
        self._places = places
        self._spawner = WorkerSpawner(module, places, memory)
        self._codec = Codec()
        self._queue = JobQueue(count)
        self._tickets: set[Ticket[Any]] = set()
        self._slots = 0
        self._tasks = BackgroundTasks()
        self._closed = False
        self._engines: tuple[Engine, ...] = ()

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engine of this machine. Known after `start`."""
        return self._engines

    async def start(self) -> None:
        """Find out the engine; raises `WorkersBusy` if no process can be started."""
        self._engines = (await self.run(FindEngine(), Priority.VIEWER),)

    async def run(
        self, job: Job[T], urgency: Urgency | Priority, *, within: float | None = None
    ) -> T:
        """Return the result of a job, or raise its error."""
        self._check_room()
        for _ in range(self._slots, self._count):
            self._slots += 1
            self._tasks.start(self._slot())
        urgency = Urgency(urgency) if isinstance(urgency, Priority) else urgency
        timeout = job.timeout if within is None else within
        ticket = Ticket(job, self._codec.frame(job), urgency, timeout, heavy=job.heavy)
        self._queue.put(ticket)
        with urgency.subscribed(partial(self._queue.put, ticket)), self._registered(ticket):
            return await self._result(ticket)

    async def run_alone(self, job: Job[T]) -> T:
        """Run a job in a fresh process, which ends afterwards."""
        self._check_room()
        # Its process ends in any case, so it is treated as heavy.
        frame, urgency = self._codec.frame(job), Urgency(Priority.BACKGROUND)
        ticket = Ticket(job, frame, urgency, job.timeout, heavy=True)
        self._tasks.start(self._alone(ticket))
        with self._registered(ticket):
            return await self._result(ticket)

    async def close(self) -> None:
        """Kill the workers now; callers that wait get `WorkersBusy`."""
        self._closed = True
        await self._tasks.cancel()
        for ticket in self._tickets:
            self._fail(ticket, WorkersBusy(_STOPPING))

    @contextmanager
    def _registered(self, ticket: Ticket[Any]) -> Iterator[None]:
        """Register a ticket for as long as its caller waits."""
        self._tickets.add(ticket)
        try:
            yield
        finally:
            self._tickets.discard(ticket)

    def _check_room(self) -> None:
        if self._closed:
            raise WorkersBusy(_STOPPING)
        self._queue.check_room()

    async def _result(self, ticket: Ticket[T]) -> T:
        """Wait for a job; if cancelled, discard its outputs."""
        try:
            return await ticket.outcome
        except asyncio.CancelledError:
            if not ticket.outcome.cancelled():  # it was done in the same moment
                ticket.outcome.exception()
                self._discard(ticket.job)
            raise

    async def _slot(self) -> None:
        """Run one job after the other, in one process for as long as it lives."""
        process: WorkerProcess | None = None
        try:
            while True:
                if process is None or process.ended:
                    process = await self._launch()
                ticket = await self._queue.get()
                try:
                    process = await self._work(ticket, process)
                finally:
                    self._queue.done(ticket)
        finally:
            if process is not None:
                await process.end()

    async def _alone(self, ticket: Ticket[Any]) -> None:
        process = await self._work(ticket, None)
        if process is not None:
            await process.end()

    async def _launch(self) -> WorkerProcess | None:
        """Return a new process; None if the system can't start one now."""
        with suppress(OSError, ProcessDied):
            return await self._spawner.launch()
        return None

    async def _work(
        self, ticket: Ticket[Any], process: WorkerProcess | None
    ) -> WorkerProcess | None:
        """Run a job; return the process if it can run another one."""
        try:
            if process is None or process.ended:  # it may have died while it was idle
                process = await self._launch()
            if process is None:
                self._fail(ticket, WorkersBusy("no worker process can be started"))
                return None
            reply = await _reply(ticket, process.ask(ticket.frame))
            self._deliver(ticket, reply)
        except BaseException as error:
            # The process ends first, then its outputs are removed.
            if process is not None:
                await process.end()
            stopping = isinstance(error, asyncio.CancelledError)
            self._fail(ticket, WorkersBusy(_STOPPING) if stopping else error)
            if stopping:
                raise
            return None
        return process

    def _deliver(self, ticket: Ticket[Any], body: bytes) -> None:
        """Deliver the outcome of a job; raises `WorkerFailed` if its process can't continue."""
        subject = ticket.job.subject
        try:
            outcome = self._outcome(ticket.job, body)
        except (msgspec.MsgspecError, ValueError) as error:
            _log.error("the reply of a worker about %s can't be read: %s", subject, error)
            raise WorkerFailed(f"{subject} got a reply that can't be read") from error
        if isinstance(outcome, BlobhlsError | JobFault):
            self._fail(ticket, outcome)
        elif ticket.outcome.done():
            self._discard(ticket.job)
        else:
            ticket.outcome.set_result(outcome)

    def _outcome(self, job: Job[Any], body: bytes) -> object:
        """Return the result of a job, or its error."""
        match self._codec.reply(body):
            case Done() as done:
                return self._codec.result(type(job), done)
            case ErrorValue() as error:
                return error.error()
            case Fault(text=text, trace=trace):
                _log.error("a bug in a worker about %s\n%s", job.subject, trace)
                return JobFault(f"{text} (in a worker, about {job.subject})")
            case OutOfMemory():
                raise WorkerFailed(f"{job.subject} needs more memory than a worker may take")
            case Ready():
                raise ValueError("no reply")

    def _fail(self, ticket: Ticket[Any], error: BaseException) -> None:
        """Discard the outputs, and raise the error in the caller if it still waits."""
        self._discard(ticket.job)
        if not ticket.outcome.done():
            ticket.outcome.set_exception(error)

    def _discard(self, job: Job[Any]) -> None:
        """Remove the outputs of a job."""
        for output in job.outputs:
            with suppress(OSError, ValueError):
                self._places.path(output).unlink(missing_ok=True)


async def _reply(ticket: Ticket[Any], call: asyncio.Future[bytes | None]) -> bytes:
    """Wait for the reply to a job.

    Raises `WorkerFailed` if it took too long, if no caller waits for a heavy job any more, or if
    the process died.
    """
    subject = ticket.job.subject
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ticket.timeout
    await asyncio.wait(
        (call, ticket.outcome), timeout=ticket.timeout, return_when=asyncio.FIRST_COMPLETED
    )
    if ticket.outcome.done() and not ticket.heavy:
        # No caller waits any more, but the job ends sooner than a new process would start.
        await asyncio.wait((call,), timeout=deadline - loop.time())
    if not call.done():
        raise WorkerFailed(f"{subject} took longer than {ticket.timeout:g} s")
    body = call.result()
    if body is None:
        raise WorkerFailed(f"{subject} crashed the worker process")
    return body

"""The queue of jobs: which one runs next."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import Any, Final, Generic, TypeVar

from blobhls.errors import WorkersBusy
from blobhls.media.jobs import Job
from blobhls.workers.job import Priority, Urgency

T = TypeVar("T")

_MOST_QUEUED: Final = 2_000


class Ticket(Generic[T]):
    """A queued or running job, and the caller that waits for it."""

    def __init__(
        self, job: Job[T], frame: bytes, urgency: Urgency, timeout: float, *, heavy: bool
    ) -> None:
        """`frame`: the encoded job; `timeout`: seconds from its start."""
        self.job = job
        self.frame = frame
        self.urgency = urgency
        self.timeout = timeout
        self.heavy = heavy
        self.outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.begun = False

    @property
    def is_waiting(self) -> bool:
        """Whether it has not begun and its caller still waits."""
        return not self.begun and not self.outcome.done()

    @property
    def is_heavy_background(self) -> bool:
        """Whether it is long work that no viewer waits for."""
        return self.heavy and self.urgency.priority > Priority.VIEWER


class JobQueue:
    """The jobs that have not begun. To be used from one event loop."""

    def __init__(self, slots: int) -> None:
        """`slots`: how many jobs run at the same time."""
        self._most_heavy = max(1, slots - 1)
        self._entries: list[tuple[int, int, Ticket[Any]]] = []
        self._order = itertools.count()
        self._running: set[Ticket[Any]] = set()
        self._changed = asyncio.Event()

    def check_room(self) -> None:
        """Raise `WorkersBusy` if too much is queued."""
        if len(self._entries) >= _MOST_QUEUED:
            # Cancelled jobs leave the queue only when it is their turn.
            self._entries = [entry for entry in self._entries if entry[2].is_waiting]
            heapq.heapify(self._entries)
        if len(self._entries) >= _MOST_QUEUED:
            raise WorkersBusy("too much work is queued")

    def put(self, ticket: Ticket[Any]) -> None:
        """Queue a ticket by its urgency; one whose urgency rose is in the queue twice."""
        if ticket.is_waiting:
            heapq.heappush(self._entries, (ticket.urgency.priority, next(self._order), ticket))
        self._wake()

    async def get(self) -> Ticket[Any]:
        """Wait for the most urgent job that may start, and return it as running."""
        while True:
            changed = self._changed
            found = self._pop_runnable()
            if found is not None:
                found.begun = True
                self._running.add(found)
                return found
            await changed.wait()

    def done(self, ticket: Ticket[Any]) -> None:
        """Note that a job has ended."""
        self._running.discard(ticket)
        self._wake()

    def _pop_runnable(self) -> Ticket[Any] | None:
        aside = []
        found: Ticket[Any] | None = None
        while self._entries and found is None:
            entry = heapq.heappop(self._entries)
            if not entry[2].is_waiting:
                continue
            if self._must_wait(entry[2]):
                aside.append(entry)
            else:
                found = entry[2]
        for entry in aside:
            heapq.heappush(self._entries, entry)
        return found

    def _must_wait(self, ticket: Ticket[Any]) -> bool:
        """Say whether a heavy background job must wait: one worker stays free for viewers."""
        running = sum(other.is_heavy_background for other in self._running)
        return ticket.is_heavy_background and running >= self._most_heavy

    def _wake(self) -> None:
        """Wake every idle slot."""
        self._changed.set()
        self._changed = asyncio.Event()

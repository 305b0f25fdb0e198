"""What every pool of workers promises."""

from __future__ import annotations

from typing import Protocol, TypeVar

from blobhls.media.jobs import Job
from blobhls.media.results import Engine
from blobhls.workers.job import Priority, Urgency

T = TypeVar("T")


class JobFault(Exception):
    """A fault of the program met a job in a worker; its traceback was logged.

    Not a `BlobhlsError`: it says nothing of the file, and the operator has to know of it.
    """


class WorkerPool(Protocol):
    """Does jobs, urgent ones first. To be used from one event loop.

    A job that crashes its worker, or exceeds its time or memory, fails alone: `WorkerFailed` names
    its subject, and the pool goes on. Nothing that a worker sends is trusted: what is not the
    result of a job is `WorkerFailed`, too.

    The outputs of a job that succeeds are the caller's. Those of a job that fails, or whose
    caller has left, are removed once nothing can write to them any more.
    """

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines of its workers, the one to look for results under first. Since `start`."""

    async def start(self) -> None:
        """Have the engines known; raises `WorkersBusy` where no worker can be had."""

    async def run(
        self, job: Job[T], urgency: Urgency | Priority, *, within: float | None = None
    ) -> T:
        """Return the result of a job, or raise the error that it ended with.

        `within`: seconds that it may take, instead of `job.timeout`. Cancelled before it began, a
        job never runs; a heavy one that runs is ended. Raises `WorkersBusy` when too much is
        queued or the pool closes, `WorkerFailed` for a crash, too much time or memory, or an
        answer that can't be read, `JobFault` for a fault of the program.
        """

    async def run_alone(self, job: Job[T]) -> T:
        """Run a job in a fresh process of its own, which ends with it. Raises as `run`."""

    async def close(self) -> None:
        """End the workers now, whatever they do; callers that wait get `WorkersBusy`."""

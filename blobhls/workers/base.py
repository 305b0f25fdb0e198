"""The protocol of worker pools."""

from __future__ import annotations

from typing import Protocol, TypeVar

from blobhls.media.jobs import Job
from blobhls.media.results import Engine
from blobhls.workers.job import Priority, Urgency

T = TypeVar("T")


class JobFault(Exception):
    """A job met a bug in a worker; its traceback was logged.

    Not a `BlobhlsError`: the file is not the cause, and the operator has to know of it.
    """


class WorkerPool(Protocol):
    """Runs jobs, urgent ones first. To be used from one event loop.

    A job that crashes its worker, or exceeds its time or memory, fails alone: `WorkerFailed` names
    its subject, and the pool continues. Replies of workers are not trusted: one that is not the
    result of the job is `WorkerFailed`, too.

    The outputs of a job that succeeds belong to the caller. Those of a job that fails, or whose
    caller was cancelled, are removed once no process can write to them any more.
    """

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines of its workers, the preferred one for bindings first. Known after `start`."""

    async def start(self) -> None:
        """Find out the engines; raises `WorkersBusy` if no worker can be started."""

    async def run(
        self, job: Job[T], urgency: Urgency | Priority, *, within: float | None = None
    ) -> T:
        """Return the result of a job, or raise its error.

        `within`: seconds that it may take, instead of `job.timeout`. A job that is cancelled
        before it began never runs; a heavy one that runs is killed. Raises `WorkersBusy` when too
        much is queued or the pool closes, `WorkerFailed` for a crash, too much time or memory, or
        an unreadable reply, `JobFault` for a bug.
        """

    async def run_alone(self, job: Job[T]) -> T:
        """Run a job in a fresh process, which ends afterwards.

        Raises the error of the job, `WorkersBusy`, `WorkerFailed` or `JobFault`.
        """

    async def close(self) -> None:
        """Kill the workers now; callers that wait get `WorkersBusy`."""

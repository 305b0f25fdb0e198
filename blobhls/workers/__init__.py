"""Bounded work: a few worker processes, urgent jobs first, and one flight per piece of work.

base.py            what every pool of workers promises
job.py             how soon a job is wanted
messages.py        what goes to a worker and comes back, as msgpack
process.py         one worker process and the socket to it
job_queue.py       which job goes next
pool.py            the pool on this machine: time, memory, and callers that have left
single_flight.py   one task for all callers that want the same thing
"""

from blobhls.workers.base import JobFault, WorkerPool
from blobhls.workers.job import Priority, Urgency
from blobhls.workers.pool import LocalPool
from blobhls.workers.single_flight import SingleFlight

__all__ = [
    "JobFault",
    "LocalPool",
    "Priority",
    "SingleFlight",
    "Urgency",
    "WorkerPool",
]

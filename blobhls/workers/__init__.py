"""A bounded number of worker processes, urgent jobs first, and single flight for equal work.

base.py            the protocol of worker pools
job.py             priority and urgency of jobs
messages.py        messages to and from a worker, as msgpack
process.py         one worker process and the socket to it
job_queue.py       which job runs next
pool.py            the pool on this machine: time, memory, cancelled callers
single_flight.py   one task for all callers that want the same result
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

"""Bounded work: a few worker processes, urgent jobs first, and one flight per piece of work.

job.py       what is to be done, and how soon
process.py   one worker process and the pipe to it
workers.py   the queue in front of the processes; time, memory and nobody waiting any more
flights.py   one task for everybody who wants the same thing
"""

from blobhls.workers.job import Job, Priority, Urgency
from blobhls.workers.pool import Workers
from blobhls.workers.single_flight import SingleFlight

__all__ = [
    "Job",
    "Priority",
    "SingleFlight",
    "Urgency",
    "Workers",
]

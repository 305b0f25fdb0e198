"""Facts of an uploaded file (BUD-08), found out by the workers."""

from __future__ import annotations

from blobhls.errors import WorkerFailed
from blobhls.media.jobs import Describe
from blobhls.media.references import SourceFile
from blobhls.media.results import FileFacts
from blobhls.workers import Priority, WorkerPool


async def describe(
    workers: WorkerPool, source: SourceFile, media_type: str, priority: Priority = Priority.AHEAD
) -> FileFacts:
    """Return the facts of a file; `media_type`: as the client gave it.

    Returns no facts for a file that a worker fails on. Raises `WorkersBusy`.
    """
    try:
        return await workers.run(Describe(source, media_type), priority)
    except WorkerFailed:
        return FileFacts()

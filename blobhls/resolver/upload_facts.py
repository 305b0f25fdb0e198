"""What can be said of an uploaded file (BUD-08), found out by the workers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from blobhls.errors import WorkerFailed
from blobhls.media.results import FileFacts
from blobhls.workers import Job, Priority, Workers

_TIMEOUT: Final = 30  # seconds; it is a courtesy


async def describe(
    workers: Workers, path: Path, media_type: str, priority: Priority = Priority.AHEAD
) -> FileFacts:
    """Return the facts of a file that its sender calls a `media_type`.

    No facts for a file that a worker fails over. Raises `WorkersBusy`.
    """
    job = Job(
        "describe",
        (str(path), media_type),
        FileFacts,
        subject="the file",
        timeout=_TIMEOUT,
        heavy=True,  # without an index, all of a file is read
    )
    try:
        return await workers.run(job, priority)
    except WorkerFailed:
        return FileFacts()

"""Writes the output of a job to staging."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Final

from blobhls.blob import BlobId
from blobhls.errors import StoreFull
from blobhls.media.results import WrittenBlob

# Bytes written at once. For larger writes Linux allocates 2 MB pages, which a virtual machine has
# often released to its host: then writing took ten times as long.
_PIECE: Final = 256 * 1024


def write(data: bytes, path: Path) -> WrittenBlob:
    """Write a new file and hash it; raises `StoreFull` and then leaves no file behind.

    Not synced: the store does that when it adopts the file, while this process continues.
    """
    try:
        with path.open("xb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view[:_PIECE]) :]
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        raise StoreFull(f"can't write to the cache: {error.strerror}") from error
    return WrittenBlob(BlobId(hashlib.sha256(data).hexdigest()), len(data))

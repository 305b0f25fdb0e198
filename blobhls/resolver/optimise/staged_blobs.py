"""The staged files of one optimised upload, until the store adopts them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import StoreFull
from blobhls.tasks import uninterrupted


class StagedBlob(msgspec.Struct, frozen=True):
    """A finished file in staging, not synced yet."""

    staged: Path
    info: BlobInfo


# Stores all blobs of an upload, each after the blobs that it names, the root last, and their
# owner. Files that it leaves in staging are removed.
KeepBlobs: TypeAlias = Callable[[Sequence[StagedBlob]], Coroutine[Any, Any, None]]


class StagedTree:
    """The files of one upload. `discard` must be called in the end."""

    def __init__(self, source: Path, staging: Callable[[], Path]) -> None:
        self.source = source
        self._staging = staging
        self._paths: list[Path] = []
        self._blobs: dict[BlobId, StagedBlob] = {}

    def new_path(self) -> Path:
        """Return a path in staging; a file that is there at the end is removed."""
        path = self._staging()
        self._paths.append(path)
        return path

    def add(self, staged: Path, info: BlobInfo) -> BlobInfo:
        """Note a finished file; of several with the same bytes, one is enough."""
        self._blobs.setdefault(info.blob_id, StagedBlob(staged, info))
        return info

    def write(self, text: str, media_type: str) -> BlobInfo:
        """Write a playlist to a file; raises `StoreFull`."""
        data, path = text.encode(), self.new_path()
        try:
            path.write_bytes(data)
        except OSError as error:
            raise StoreFull(f"can't write to the store: {error.strerror}") from error
        return self.add(path, BlobInfo(BlobId.of(data), len(data), media_type))

    async def hand_over(self, keep: KeepBlobs) -> None:
        """Call `keep` with all blobs; if cancelled, wait until it is done."""
        await uninterrupted(keep([*self._blobs.values()]))

    def discard(self) -> None:
        """Remove the files that were not adopted."""
        for path in self._paths:
            with suppress(OSError):
                path.unlink(missing_ok=True)

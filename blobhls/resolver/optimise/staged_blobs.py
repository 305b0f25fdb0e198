"""What is made of one upload, from its first file in staging until somebody keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import StoreFull


class StagedBlob(msgspec.Struct, frozen=True):
    """A finished file in staging, not synced yet."""

    staged: Path
    info: BlobInfo


# Takes all parts of an upload over, each after what it names, the root last: adopts the files
# and notes whose they are. Those that it leaves in staging are removed.
KeepBlobs: TypeAlias = Callable[[Sequence[StagedBlob]], Awaitable[None]]


class StagedTree:
    """The files of one upload. `discard` ends it, however it went."""

    def __init__(self, source: Path, staging: Callable[[], Path]) -> None:
        self.source = source
        self._staging = staging
        self._paths: list[Path] = []
        self._blobs: dict[BlobId, StagedBlob] = {}

    def new_path(self) -> Path:
        """Return a path in staging; what lies there at the end is removed."""
        path = self._staging()
        self._paths.append(path)
        return path

    def add(self, staged: Path, info: BlobInfo) -> BlobInfo:
        """Note a finished file; of several with the same bytes, one is enough."""
        self._blobs.setdefault(info.blob_id, StagedBlob(staged, info))
        return info

    def write(self, text: str, media_type: str) -> BlobInfo:
        """Make a file of a playlist; raises `StoreFull`."""
        data, path = text.encode(), self.new_path()
        try:
            path.write_bytes(data)
        except OSError as error:
            raise StoreFull(f"can't write to the store: {error.strerror}") from error
        return self.add(path, BlobInfo(BlobId.of(data), len(data), media_type))

    async def hand_over(self, keep: KeepBlobs) -> None:
        """Hand everything over; cancelled, this ends only when that is done."""
        task = asyncio.ensure_future(keep([*self._blobs.values()]))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait((task,))
            raise

    def discard(self) -> None:
        """Remove what nobody took over."""
        for path in self._paths:
            with suppress(OSError):
                path.unlink(missing_ok=True)

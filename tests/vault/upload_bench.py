"""Uploads over a real database and a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from blobhls.blob import BlobId
from blobhls.index.ledger.uploads import UploadIndex
from blobhls.vault import StoredUpload, UploadLimits, Uploads, receive_body
from tests.vault.bench import Bench

T = TypeVar("T")


class UploadBench:
    """A vault and its uploads, which can be put down and opened again."""

    def __init__(self, folder: Path, limits: UploadLimits | None = None) -> None:
        self.bench = Bench(folder)
        self.limits = limits or UploadLimits()
        self.runner = asyncio.Runner()
        self._begin()

    def _begin(self) -> None:
        bench = self.bench
        self.index = UploadIndex(bench.db)
        self.block_list = bench.block_list
        self.uploads = Uploads(
            bench.vault, bench.repository, self.index, self.block_list, self.limits
        )
        self.run(self.block_list.refresh())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def reopen(self) -> None:
        """Stop and start the server."""
        self.bench.close()
        self.bench.open()
        self._begin()

    def close(self) -> None:
        self.runner.close()
        self.bench.close()

    async def store(
        self, data: bytes, pubkey: str = "alice", kind: str = "text/plain", *, pinned: bool = True
    ) -> StoredUpload:
        """Bring a blob as a request does."""
        async with receive_body(pieces(data), self.uploads.staging, self.limits.most_bytes) as body:
            return await self.uploads.store(body, kind, pubkey, pinned=pinned)

    def bytes_of(self, blob_id: BlobId) -> bytes | None:
        """Return what a client gets if the bytes are here."""
        found = self.run(self.bench.vault.present(blob_id))
        if found is None:
            return None
        with found:
            return found.file.read()

    def files(self) -> set[str]:
        return set(self.bench.store.ids())


async def pieces(data: bytes, size: int = 40_000) -> AsyncIterator[bytes]:
    """Yield a body piece by piece."""
    for start in range(0, len(data), size):
        yield data[start : start + size]
        await asyncio.sleep(0)

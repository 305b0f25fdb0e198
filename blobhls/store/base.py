"""The contract of every store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, Self

import msgspec

from blobhls.blob import BlobId, BlobInfo


class BlobStore(Protocol):
    """Bytes under the SHA-256 of their content. Safe to use from several threads.

    A store knows nothing of types, owners or recipes. Every blob in `ids` is complete: a store
    never shows a partly written blob, even if the process was killed.
    """

    def stat(self, blob_id: BlobId) -> int:
        """Return the size in bytes; raises `BlobMissing`."""

    def open(self, blob_id: BlobId) -> BinaryIO:
        """Return the blob's bytes as an unbuffered seekable file, at 0; raises `BlobMissing`.

        An open file stays readable to its end even if the blob is removed meanwhile.
        """

    def path(self, blob_id: BlobId) -> Path:
        """Return the path of the blob's file, whether or not it exists; for a worker process."""

    def put(self, data: bytes, *, sync: bool = True) -> BlobId:
        """Store `data`; on return it survives a power cut. Known bytes are not written again.

        `sync=False`: a power cut may lose the blob until `sync` is called, but never leaves a part
        of it. Raises `StoreFull`, and then leaves nothing behind.
        """

    def staging(self) -> Path:
        """Return a new path, without a file yet, to write a file for `adopt` to."""

    def adopt(self, staged: Path, blob_id: BlobId, *, sync: bool = True) -> None:
        """Take over a finished file from `staging`; the caller has verified `blob_id`, its SHA-256.

        The file is made durable. Afterwards it is gone from `staged`, even if the blob was known.
        `sync` as in `put`.
        """

    def sync(self, blob_ids: Iterable[BlobId]) -> None:
        """Make blobs durable that were put or adopted with `sync=False`.

        Several blobs at a time cost little more than one. Raises `StoreFull`.
        """

    def remove(self, blob_id: BlobId) -> None:
        """Remove the bytes. Removing an absent blob is not an error."""

    def ids(self) -> Iterator[BlobId]:
        """Yield every blob, in no particular order."""

    def sweep(self) -> int:
        """Remove files that crashed writers left in staging; return their number."""


class OpenBlob(msgspec.Struct, frozen=True, eq=False):
    """A blob that is open for reading. The holder closes it, preferably by `with`."""

    info: BlobInfo
    file: BinaryIO  # unbuffered, seekable, at 0; holds exactly `info.size` bytes

    def close(self) -> None:
        """Close the file; closing twice is not an error."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

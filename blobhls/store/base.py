"""What every place that keeps bytes promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, Self

import msgspec

from blobhls.blob import BlobId, BlobInfo


class BlobStore(Protocol):
    """Bytes under the SHA-256 of their content. Safe to use from several threads.

    A store knows nothing of types, owners or recipes. Whatever `ids` lists is complete: a
    store never shows a blob that is half written, whenever the process is killed.
    """

    def stat(self, blob_id: BlobId) -> int:
        """Return the size in bytes; raises `BlobMissing`."""

    def open(self, blob_id: BlobId) -> BinaryIO:
        """Return the blob's bytes as an unbuffered seekable file, at 0; raises `BlobMissing`.

        What was opened stays readable to its end even if the blob is removed meanwhile.
        """

    def path(self, blob_id: BlobId) -> Path:
        """Return where the bytes lie as a file, for a worker process to read; or would lie."""

    def put(self, data: bytes, *, sync: bool = True) -> BlobId:
        """Keep `data`; on return it survives a power cut. Known bytes are not written again.

        `sync=False`: it may be gone after a power cut until `sync` was called, though never
        half there. Raises `StoreFull`, and then leaves nothing behind.
        """

    def staging(self) -> Path:
        """Return a new path, not yet existing, where a file for `adopt` may be written."""

    def adopt(self, staged: Path, blob_id: BlobId, *, sync: bool = True) -> None:
        """Take over a finished file from `staging` whose SHA-256 the caller found to be `blob_id`.

        The file is made durable and is gone from `staged` afterwards, also if the blob was known.
        `sync` as for `put`.
        """

    def sync(self, blob_ids: Iterable[BlobId]) -> None:
        """Have blobs that were put or adopted without it survive a power cut.

        For several at a time it costs little more than for one. Raises `StoreFull`.
        """

    def remove(self, blob_id: BlobId) -> None:
        """Forget the bytes. Removing what is not there is not an error."""

    def ids(self) -> Iterator[BlobId]:
        """List every blob, in no particular order."""

    def sweep(self) -> int:
        """Remove what crashed writers left in staging; return how many files that were."""


class OpenBlob(msgspec.Struct, frozen=True, eq=False):
    """A blob whose bytes can be read now. Whoever holds it closes it, best by `with`."""

    info: BlobInfo
    file: BinaryIO  # unbuffered, seekable, at 0; holds exactly `info.size` bytes

    def close(self) -> None:
        """Give the file back; closing twice is not an error."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

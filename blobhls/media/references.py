"""References, by which a job names a file without a local path. Pure values.

A worker resolves them with its own `Places`, so they are valid on another machine, too.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from blobhls.blob import BlobId


class LibraryFile(msgspec.Struct, frozen=True, tag="library"):
    """A file of the library.

    With a size and an mtime, a job fails with `SourceChanged` if the file has others.
    """

    path: bytes  # relative to the library's folder; may not be UTF-8
    size: int | None = None  # bytes
    mtime_ns: int | None = None  # as `os.stat` gives it
    source_id: str | None = None  # None: not surveyed yet

    @property
    def title(self) -> str:
        """Its file name, for a person; bytes that are not UTF-8 are replaced."""
        return self.path.rpartition(b"/")[2].decode("utf-8", "replace")


class BlobFile(msgspec.Struct, frozen=True, tag="blob"):
    """A blob whose bytes the store has."""

    blob_id: BlobId

    @property
    def title(self) -> str:
        """The name in error messages, instead of a hash."""
        return "the file"


class StagedFile(msgspec.Struct, frozen=True, tag="staged"):
    """A file in staging: one that a job writes, or an upload that a job reads."""

    name: str

    @property
    def title(self) -> str:
        """The name in error messages, instead of a random file name."""
        return "the upload"


SourceFile: TypeAlias = LibraryFile | BlobFile | StagedFile

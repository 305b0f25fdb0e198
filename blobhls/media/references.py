"""References: how a job says which file it means, without a local path. Pure values.

A worker resolves them with its own `Places`, so they mean the same on another machine.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from blobhls.blob import BlobId


class LibraryFile(msgspec.Struct, frozen=True, tag="library"):
    """A file of the library.

    With a size and a time, a job fails with `SourceChanged` where the file has others by now.
    """

    path: bytes  # relative to the library's folder; may not be UTF-8
    size: int | None = None  # bytes
    mtime_ns: int | None = None  # as `os.stat` gives it
    source_id: str | None = None  # None: it was not surveyed yet

    @property
    def title(self) -> str:
        """Its name in its folder, for people; what is not UTF-8 in it is replaced."""
        return self.path.rpartition(b"/")[2].decode("utf-8", "replace")


class BlobFile(msgspec.Struct, frozen=True, tag="blob"):
    """A blob whose bytes the store has."""

    blob_id: BlobId

    @property
    def title(self) -> str:
        """What people are told where a job fails; a hash says nothing to them."""
        return "the file"


class StagedFile(msgspec.Struct, frozen=True, tag="staged"):
    """A file in staging: one that a job writes, or an upload that a job reads."""

    name: str

    @property
    def title(self) -> str:
        """What people are told where a job fails; its name is a random one."""
        return "the upload"


SourceFile: TypeAlias = LibraryFile | BlobFile | StagedFile

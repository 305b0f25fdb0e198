"""Where a worker finds what references name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from blobhls.blob import BlobId, blob_path
from blobhls.errors import SourceBroken, SourceChanged, SourceOffline
from blobhls.media.references import BlobFile, LibraryFile, SourceFile, StagedFile

_OUTSIDE: Final = frozenset({b"", b".", b".."})  # names that lead out of a folder, or nowhere


class Places(msgspec.Struct, frozen=True):
    """The folders that references are relative to, on the machine of the worker."""

    library: Path
    blobs: Path  # the root of a `LocalStore`
    staging: Path

    def path(self, reference: SourceFile) -> Path:
        """Return where a reference leads; raises `ValueError` where that is outside its folder."""
        match reference:
            case LibraryFile(path=path):
                _check_names(path, path.split(b"/"))
                return self.library / os.fsdecode(path)
            case BlobFile(blob_id=blob_id):
                return self.blobs / blob_path(BlobId.parse(blob_id))
            case StagedFile(name=name):
                _check_names(name, [name.encode()])
                return self.staging / name

    def library_file(
        self, path: Path, size: int | None = None, mtime_ns: int | None = None
    ) -> LibraryFile:
        """Return a reference to an absolute path; raises `ValueError` outside the library."""
        return LibraryFile(os.fsencode(path.relative_to(self.library)), size, mtime_ns)

    @contextmanager
    def source(self, reference: SourceFile, *, throughout: bool = False) -> Iterator[Path]:
        """Give the path of a file to read.

        Raises `SourceOffline` where it can't be read, and `SourceChanged` where its size or time
        is not that of the reference; `throughout`: also if it is not any more when the body ends.
        """
        path = self.path(reference)
        _check_unchanged(reference, path)
        try:
            yield path
        except SourceBroken:
            if throughout:
                _check_unchanged(reference, path)  # or it was only half there
            raise
        if throughout:
            _check_unchanged(reference, path)


def _check_names(path: bytes | str, names: list[bytes]) -> None:
    if any(name in _OUTSIDE or b"/" in name or b"\0" in name for name in names):
        raise ValueError(f"{path!r} leads out of its folder")


def _check_unchanged(reference: SourceFile, path: Path) -> None:
    if not isinstance(reference, LibraryFile) or reference.size is None:
        return
    try:
        # Of the open file: a network file system asks its server when a file is opened, where
        # `stat` may answer from a cache.
        with path.open("rb", buffering=0) as file:
            found = os.fstat(file.fileno())
    except OSError as error:
        raise SourceOffline(f"can't read {reference.title}: {error.strerror}") from error
    if (found.st_size, found.st_mtime_ns) != (reference.size, reference.mtime_ns):
        raise SourceChanged("the video's file is changing just now")

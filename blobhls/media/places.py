"""The folders where a worker finds the files of references."""

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

_OUTSIDE: Final = frozenset({b"", b".", b".."})  # names that lead out of a folder, or to none


class Places(msgspec.Struct, frozen=True):
    """The folders that references are relative to, on the machine of the worker."""

    library: Path
    blobs: Path  # the root of a `LocalStore`
    staging: Path

    def path(self, reference: SourceFile) -> Path:
        """Return the path of a reference; raises `ValueError` for one outside its folder."""
        match reference:
            case LibraryFile(path=path):
                _check_names(path, path.split(b"/"))
                return self.library / os.fsdecode(path)
            case BlobFile(blob_id=blob_id):
                return self.blobs / blob_path(BlobId.parse(blob_id))
            case StagedFile(name=name):
                _check_names(name, [name.encode()])
                return self.staging / name

    @contextmanager
    def source(self, reference: SourceFile, *, throughout: bool = False) -> Iterator[Path]:
        """Yield the path of a file to read.

        Raises `SourceOffline` if it can't be read, and `SourceChanged` if its size or mtime is not
        that of the reference; `throughout`: also at the end of the body.
        """
        path = self.path(reference)
        _check_unchanged(reference, path)
        try:
            yield path
        except SourceBroken:
            if throughout:
                _check_unchanged(reference, path)  # else it was still being copied
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
        # Of the open file: a network file system asks its server when a file is opened, while
        # `stat` may use a cache.
        with path.open("rb", buffering=0) as file:
            found = os.fstat(file.fileno())
    except OSError as error:
        raise SourceOffline(f"can't read {reference.title}: {error.strerror}") from error
    if (found.st_size, found.st_mtime_ns) != (reference.size, reference.mtime_ns):
        raise SourceChanged("the video's file is changing just now")

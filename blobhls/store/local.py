"""Blobs as files in a folder: `<root>/ab/cd…`, the hash split after two digits as in git."""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from blobhls.blob import BlobId, blob_path
from blobhls.errors import BlobMissing, ConfigError, StoreFull
from blobhls.store.staging import Staging

_SHARDS: Final = tuple(f"{number:02x}" for number in range(256))
_FILE_NAME: Final = re.compile(r"[0-9a-f]{62}")
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalStore:
    """A `BlobStore` in one folder of one file system.

    A blob gets its name by a rename, after its bytes were synced; the folder is synced before `put`
    returns. So neither `kill -9` nor a power cut leaves a partial blob under a name, or loses one
    that was acknowledged. Files with other names are left alone.
    """

    def __init__(self, root: Path) -> None:
        """Create the folders below `root`; raises `ConfigError` where it can't be written."""
        self._root = str(root.absolute())
        try:
            # All at once: if a folder were created for its first blob, the root would have to be
            # synced before other writers rename into it.
            for shard in _SHARDS:
                (root / shard).mkdir(parents=True, exist_ok=True)
            _sync_folder(self._root)
            self._staging = Staging(root.absolute() / "staging")
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigError(f"can't write to the blob store {root}: {reason}") from error

    def stat(self, blob_id: BlobId) -> int:
        """Return the size in bytes; raises `BlobMissing`."""
        try:
            return os.stat(self._path(blob_id)).st_size  # noqa: PTH116 - hot: a Path costs more than the call
        except FileNotFoundError:
            raise BlobMissing(blob_id) from None

    def open(self, blob_id: BlobId) -> BinaryIO:
        """Return the blob's bytes as an unbuffered seekable file, at 0; raises `BlobMissing`."""
        try:
            return io.FileIO(self._path(blob_id))
        except FileNotFoundError:
            raise BlobMissing(blob_id) from None

    def path(self, blob_id: BlobId) -> Path:
        """Return the path of the blob's file, whether or not it exists; for a worker process."""
        return Path(self._path(blob_id))

    def put(self, data: bytes, *, sync: bool = True) -> BlobId:
        """Store `data` and return its id; durable once its name is synced.

        Raises `StoreFull`.
        """
        blob_id = BlobId.of(data)
        if not os.path.exists(self._path(blob_id)):  # noqa: PTH110 - hot: a Path costs more than the call
            staged = self.staging()
            with _removed_on_failure(staged):
                _write(staged, data)
                staged.rename(self._path(blob_id))
        if sync:  # even if it was known: its writer may only just have renamed it
            self.sync([blob_id])
        return blob_id

    @property
    def staging_folder(self) -> Path:
        """Where the paths of `staging` are: a folder of this store's own, which goes with it."""
        return self._staging.folder

    def staging(self) -> Path:
        """Return a new path on the store's file system to write a file for `adopt` to.

        The caller removes the file if it is not adopted after all.
        """
        return self._staging.new_path()

    def adopt(self, staged: Path, blob_id: BlobId, *, sync: bool = True) -> None:
        """Take over a finished file; durable once its name is synced.

        A known blob's file is replaced: its bytes are the same, or else the new ones are correct.
        Raises `StoreFull`, and then `staged` is removed.
        """
        with _removed_on_failure(staged):
            with staged.open("rb") as file:
                os.fsync(file.fileno())
            staged.rename(self._path(blob_id))
        if sync:
            self.sync([blob_id])

    def sync(self, blob_ids: Iterable[BlobId]) -> None:
        """Make the names of blobs durable, with one fsync for each folder.

        If that fails the blobs stay: they are complete, and another caller that put the same bytes
        may have been told that they are durable.
        """
        try:
            for shard in {blob_id[:2] for blob_id in blob_ids}:
                _sync_folder(f"{self._root}/{shard}")
        except OSError as error:
            if error.errno in _DISK_FULL:
                raise StoreFull("no room left in the blob store") from error
            raise

    def remove(self, blob_id: BlobId) -> None:
        """Remove the bytes; open files stay readable.

        Not synced: if a power cut brings the blob back, it is complete.
        """
        Path(self._path(blob_id)).unlink(missing_ok=True)

    def ids(self) -> Iterator[BlobId]:
        """Yield every blob, shard by shard; concurrent changes may or may not be included."""
        for shard in _SHARDS:
            with os.scandir(f"{self._root}/{shard}") as entries:
                names = [entry.name for entry in entries if _is_blob(entry)]
            for name in names:
                yield BlobId(shard + name)

    def sweep(self) -> int:
        """Remove files that crashed writers left in staging, and return their number.

        Files of this store and of every other running process are kept.
        """
        return self._staging.sweep()

    def _path(self, blob_id: BlobId) -> str:
        return f"{self._root}/{blob_path(blob_id)}"


def _is_blob(entry: os.DirEntry[str]) -> bool:
    return _FILE_NAME.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)


def _write(path: Path, data: bytes) -> None:
    """Write a new file and sync its bytes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: str) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _removed_on_failure(staged: Path) -> Iterator[None]:
    """Remove `staged` if the body fails; a full disk or quota raises `StoreFull`."""
    try:
        yield
    except BaseException as error:
        with suppress(OSError):
            staged.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _DISK_FULL:
            raise StoreFull("no room left in the blob store") from error
        raise

"""Blobs as files in a folder: `<root>/ab/cd…`, the hash cut after two digits as git does it."""

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
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalStore:
    """A `BlobStore` in one folder of one file system.

    A blob appears under its name by a rename, after its bytes were synced; the folder is synced
    before the writer is told. So neither `kill -9` nor a power cut leaves half a blob under a
    name, or takes back one that was acknowledged. Files of other names are left alone.
    """

    def __init__(self, root: Path) -> None:
        """Make the folders below `root`; raises `ConfigError` where it can't be written."""
        self._root = str(root.absolute())
        try:
            # All at once: a folder made when its first blob comes would have to be synced into
            # the root by whoever made it, while others already rename into it.
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
        """Return where the bytes lie as a file, for a worker process to read; or would lie."""
        return Path(self._path(blob_id))

    def put(self, data: bytes, *, sync: bool = True) -> BlobId:
        """Keep `data`, durably once its name is synced, and return its id.

        Raises `StoreFull`.
        """
        blob_id = BlobId.of(data)
        if not os.path.exists(self._path(blob_id)):  # noqa: PTH110 - hot: a Path costs more than the call
            staged = self.staging()
            with _or_nothing(staged):
                _write(staged, data)
                staged.rename(self._path(blob_id))
        if sync:  # a known one too: its writer may have renamed it a moment ago
            self.sync([blob_id])
        return blob_id

    @property
    def staging_folder(self) -> Path:
        """Where the paths of `staging` are: a folder of this store's own, which goes with it."""
        return self._staging.folder

    def staging(self) -> Path:
        """Return a new path on the store's file system where a file for `adopt` may be written.

        Whoever asked removes the file if it is not to be adopted after all.
        """
        return self._staging.new_path()

    def adopt(self, staged: Path, blob_id: BlobId, *, sync: bool = True) -> None:
        """Take over a finished file, durably once its name is synced.

        A known blob's file is replaced: the bytes are the same, or these are the right ones.
        Raises `StoreFull`, and then `staged` is gone.
        """
        with _or_nothing(staged):
            with staged.open("rb") as file:
                os.fsync(file.fileno())
            staged.rename(self._path(blob_id))
        if sync:
            self.sync([blob_id])

    def sync(self, blob_ids: Iterable[BlobId]) -> None:
        """Make the names of blobs durable: one sync for each of their folders.

        If that fails the blobs stay all the same: they are whole, and somebody else who put the
        same bytes may have been told that they are safe.
        """
        try:
            for shard in {blob_id[:2] for blob_id in blob_ids}:
                _sync_folder(f"{self._root}/{shard}")
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise StoreFull("no room left in the blob store") from error
            raise

    def remove(self, blob_id: BlobId) -> None:
        """Forget the bytes; those who have them open read on.

        Not synced: a blob that a power cut brings back is a whole blob.
        """
        Path(self._path(blob_id)).unlink(missing_ok=True)

    def ids(self) -> Iterator[BlobId]:
        """List every blob, shard by shard; what comes or goes meanwhile may be listed or not."""
        for shard in _SHARDS:
            with os.scandir(f"{self._root}/{shard}") as entries:
                names = [entry.name for entry in entries if _is_blob(entry)]
            for name in names:
                yield BlobId(shard + name)

    def sweep(self) -> int:
        """Remove files that crashed writers left in staging, and return how many.

        Spared are the files of this store and of every other process that is writing just now.
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
def _or_nothing(staged: Path) -> Iterator[None]:
    """Remove `staged` if the body fails; a full disk or quota raises `StoreFull`."""
    try:
        yield
    except BaseException as error:
        with suppress(OSError):
            staged.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise StoreFull("no room left in the blob store") from error
        raise

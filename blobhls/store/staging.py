"""Files while they are written: one folder for each running writer, so that crashes show."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import uuid
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from blobhls.tasks import uninterrupted


class Staging:
    """A folder for this writer below `root`, locked as long as the object lives.

    The lock ends with the process, in whatever way. So a folder that another process can lock was
    left by a crash; one that can't be locked belongs to a running writer, such as the server while
    `blobhls fsck` checks the same store.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._own = root / uuid.uuid4().hex
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root):  # otherwise another process could sweep the new folder
            self._own.mkdir()
            descriptor = os.open(self._own, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        weakref.finalize(self, _release, descriptor, self._own, os.getpid())

    @property
    def folder(self) -> Path:
        """This writer's own folder."""
        return self._own

    def new_path(self) -> Path:
        """Return a unique path without a file."""
        return self._own / uuid.uuid4().hex

    def sweep(self) -> int:
        """Remove what dead writers left below the root; return the number of files."""
        with _locked(self._root), os.scandir(self._root) as entries:
            others = [entry.path for entry in entries if self._is_of_another(entry)]
            return sum(_remove_if_dead(folder) for folder in others)

    def _is_of_another(self, entry: os.DirEntry[str]) -> bool:
        return entry.name != self._own.name and entry.is_dir(follow_symlinks=False)


@asynccontextmanager
async def staged_file(staging: Callable[[], Path]) -> AsyncIterator[Path]:
    """Give a new path of `staging`; a file that was written there is removed after the body."""
    path = staging()
    try:
        yield path
    finally:
        await discard(path)


async def discard(path: Path) -> None:
    """Remove a file, if it is there; it is gone also where the caller is cancelled meanwhile."""
    # What is cancelled while it waits for a thread never runs.
    await uninterrupted(asyncio.to_thread(path.unlink, missing_ok=True))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Exclude other processes that also lock this folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _release(descriptor: int, own: Path, owner: int) -> None:
    """Release the lock and remove the folder, unless files are left for a sweep to count."""
    try:
        if os.getpid() == owner:  # a forked child has a copy of the object, but must not clean up
            own.rmdir()
    except OSError:
        pass  # not empty, or gone already
    finally:
        os.close(descriptor)


def _remove_if_dead(folder: str) -> int:
    """Remove the folder of a dead writer; return the number of files in it, 0 for live writers."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return 0  # its writer has just left properly
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        files = sum(1 for _ in Path(folder).iterdir())
        shutil.rmtree(folder)
    except (BlockingIOError, FileNotFoundError):
        return 0
    finally:
        os.close(descriptor)
    return files

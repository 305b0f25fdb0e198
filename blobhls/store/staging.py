"""Where files lie while they are written: one folder per living writer, so that a crash shows."""

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
    """A folder of this writer's own below `root`, locked for as long as the object lives.

    The lock goes with the process however it ends. A folder that somebody else can lock was
    therefore left by a crash; one that can't be locked belongs to a writer at work, such as
    the server while `blobhls fsck` looks at the same store.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._own = root / uuid.uuid4().hex
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root):  # or a sweep elsewhere takes the new folder for a dead one
            self._own.mkdir()
            descriptor = os.open(self._own, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        weakref.finalize(self, _leave, descriptor, self._own, os.getpid())

    def new_path(self) -> Path:
        """Return a path that no other call returns; nothing exists there yet."""
        return self._own / uuid.uuid4().hex

    def sweep(self) -> int:
        """Remove what dead writers left below the root; return how many files that were."""
        with _locked(self._root), os.scandir(self._root) as entries:
            others = [entry.path for entry in entries if self._is_of_another(entry)]
            return sum(_clear(folder) for folder in others)

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
    """Keep other processes that ask the same out of the folder meanwhile."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _leave(descriptor: int, own: Path, owner: int) -> None:
    """Give the lock back and take the folder away, unless files are left for a sweep to count."""
    try:
        if os.getpid() == owner:  # a forked child has the object too, but not the say
            own.rmdir()
    except OSError:
        pass  # not empty, or gone already
    finally:
        os.close(descriptor)


def _clear(folder: str) -> int:
    """Remove one writer's folder if that writer is dead; return how many files were in it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return 0  # its writer has just left in good order
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        files = sum(1 for _ in Path(folder).iterdir())
        shutil.rmtree(folder)
    except (BlockingIOError, FileNotFoundError):
        return 0
    finally:
        os.close(descriptor)
    return files

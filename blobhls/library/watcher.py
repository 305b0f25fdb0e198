"""Changes in the library as they happen, where the system tells of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from blobhls.library.debounce import Debounce
from blobhls.library.mounts import mounts_below
from blobhls.names.file_kinds import is_junk_folder, is_partial, kind_of

_log: Final = logging.getLogger(__name__)

_QUIET: Final = 1.0  # seconds without a change until a file counts as complete
_LOOK: Final = 0.25  # seconds between two looks at what has come to rest
_DEBOUNCE: Final = 300  # milliseconds in which changes are gathered
_AGAIN: Final = 5.0  # seconds until a folder that can't be watched is tried again


class LibraryWatcher:
    """Tells when files below a folder have changed and come to rest.

    On network shares the system tells of nothing that others do: whoever waits here has to look
    on their own from time to time.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root.absolute()
        self._clock = clock
        self._settling = Debounce(_QUIET)
        self._rested = asyncio.Event()

    async def watch(self) -> None:
        """Take notice of changes until cancelled."""
        again = False
        while True:
            begun = False
            try:
                async for changes in self._changes():
                    if again and not begun:
                        self._rested.set()  # whatever happened while nobody watched
                    begun = True
                    self._settling.note(changes, self._clock())
                    if self._settling.take(self._clock()):
                        self._rested.set()
            except Exception as error:  # not there, or too many folders; mostly in a group
                _log.info("%s can't be watched for changes: %s", self._root, _cause(error))
            # A change of a name that is not UTF-8 ends it as well: then it begins again soon.
            await asyncio.sleep(_QUIET if begun else _AGAIN)
            again = True
            self._rested.set()

    async def change(self, timeout: float) -> frozenset[str]:  # noqa: ASYNC109 - as `Event.wait`
        """Wait until something has changed and come to rest, at most so many seconds.

        Returns the paths, relative to the library, of what is still changing.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._rested.wait()
        self._rested.clear()
        return self._settling.growing(self._clock())

    async def _changes(self) -> AsyncIterator[list[str]]:
        """Yield changed paths, or none of them now and then, for as long as the folder is there."""
        identity = await asyncio.to_thread(_identity, self._root)
        looked = self._clock()
        async for changes in awatch(
            self._root,
            watch_filter=None,
            debounce=_DEBOUNCE,
            rust_timeout=round(_LOOK * 1000),
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            yield _that_matter(changes, self._root)
            if self._clock() - looked > _AGAIN:
                # A disk that was unmounted and mounted again is another one to the system.
                looked = self._clock()
                if await asyncio.to_thread(_identity, self._root) != identity:
                    return


def _cause(error: Exception) -> Exception:
    """Return what is in a group of one: watchfiles works in a task group."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _identity(path: Path) -> tuple[int, int, frozenset[str]]:
    """Return what a folder is known by, and the disks in it: the system tells of neither."""
    found = path.stat()
    return found.st_dev, found.st_ino, mounts_below(path)


def _that_matter(changes: Collection[tuple[Change, str]], root: Path) -> list[str]:
    """Return the paths of changes that may change the catalogue, relative to the library."""
    found = ((change, path.removeprefix(f"{root}/")) for change, path in changes)
    return [path for change, path in found if _matters(change, path)]


def _matters(change: Change, path: str) -> bool:
    """Whether a change may change the catalogue; a folder's name says nothing of what is in it.

    `path` is relative to the library.
    """
    *folders, name = path.split("/")
    if any(is_junk_folder(folder) for folder in folders) or name.startswith("."):
        return False
    if change is Change.modified:
        return kind_of(name) is not None
    # A download that ends takes its mark away.
    return change is Change.deleted or not is_partial(name)

"""Changes in the library as they happen, where the operating system reports them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection
from importlib import import_module
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from blobhls.library.debounce import Debounce
from blobhls.library.mounts import mounts_below
from blobhls.names.file_kinds import is_junk_folder, is_partial, kind_of

_log: Final = logging.getLogger(__name__)

_QUIET: Final = 1.0  # seconds without a change after which a file counts as complete
_CHECK_INTERVAL: Final = 0.25  # seconds between two checks for files that have become quiet
_DEBOUNCE: Final = 300  # milliseconds in which changes are collected
_RETRY: Final = 5.0  # seconds until a folder that can't be watched is tried again


class LibraryWatcher:
    """Reports when files below a folder have changed and then become quiet.

    On network shares, changes by other hosts are not reported: callers also have to scan from time
    to time.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root.absolute()
        self._clock = clock
        self._debounce = Debounce(_QUIET)
        self._quiet = asyncio.Event()

    async def watch(self) -> None:
        """Watch for changes until cancelled."""
        retrying = False
        while True:
            watching = False
            try:
                async for changes in self._changes():
                    if retrying and not watching:
                        self._quiet.set()  # changes may have been missed meanwhile
                    watching = True
                    self._debounce.record(changes, self._clock())
                    if self._debounce.pop_quiet(self._clock()):
                        self._quiet.set()
            except Exception as error:  # missing, or too many folders; mostly in a group
                _log.info("%s can't be watched for changes: %s", self._root, _cause(error))
            # A change of a name that is not UTF-8 ends the iteration as well: restart it soon.
            await asyncio.sleep(_QUIET if watching else _RETRY)
            retrying = True
            self._quiet.set()

    async def wait_for_change(self, timeout: float) -> frozenset[str]:  # noqa: ASYNC109 - as `Event.wait`
        """Wait until something has changed and become quiet, at most `timeout` seconds.

        Returns the paths that are still changing, relative to the library.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._quiet.wait()
        self._quiet.clear()
        return self._debounce.still_changing(self._clock())

    async def _changes(self) -> AsyncIterator[list[str]]:
        """Yield changed paths, or an empty list now and then, as long as the folder exists."""
        # watchfiles uses anyio, which imports its backend at the first use: 60 ms in the loop.
        await asyncio.to_thread(import_module, "anyio._backends._asyncio")
        identity = await asyncio.to_thread(_identity, self._root)
        looked = self._clock()
        async for changes in awatch(
            self._root,
            watch_filter=None,
            debounce=_DEBOUNCE,
            rust_timeout=round(_CHECK_INTERVAL * 1000),
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            yield _relevant(changes, self._root)
            if self._clock() - looked > _RETRY:
                # A disk that was unmounted and mounted again has another identity.
                looked = self._clock()
                if await asyncio.to_thread(_identity, self._root) != identity:
                    return


def _cause(error: Exception) -> Exception:
    """Return the exception in a group of one: watchfiles uses a task group."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _identity(path: Path) -> tuple[int, int, frozenset[str]]:
    """Return a folder's identity and its mounts: changes of these are not reported."""
    found = path.stat()
    return found.st_dev, found.st_ino, mounts_below(path)


def _relevant(changes: Collection[tuple[Change, str]], root: Path) -> list[str]:
    """Return the paths of changes that may affect the catalogue, relative to the library."""
    found = ((change, path.removeprefix(f"{root}/")) for change, path in changes)
    return [path for change, path in found if _is_relevant(change, path)]


def _is_relevant(change: Change, path: str) -> bool:
    """Whether a change may affect the catalogue; a folder's name says nothing about its content.

    `path` is relative to the library.
    """
    *folders, name = path.split("/")
    if any(is_junk_folder(folder) for folder in folders) or name.startswith("."):
        return False
    if change is Change.modified:
        return kind_of(name) is not None
    # When a download ends, the file that marks it is deleted.
    return change is Change.deleted or not is_partial(name)

"""Calls that may hang for hours on a network mount, in threads of their own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from blobhls.errors import SourceOffline

T = TypeVar("T")

_SILENT: Final = "the disk of the file does not answer"


class StatPool:
    """Runs calls one at a time for each mount. To be used from one event loop.

    While a call hangs, no other starts on that mount, so at most one thread is lost. The threads
    are daemons: a call that never returns does not keep the process from ending, as the thread of
    an executor would.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns monotonic seconds."""
        self._clock = clock
        self._threads: dict[str, _MountThread] = {}
        self._running: dict[str, tuple[asyncio.Future[Any], float]] = {}  # and when it began

    async def run(self, mount: str, call: Callable[[], T], limit: float) -> T:
        """Return what `call` returns. Raises `SourceOffline` after `limit` seconds.

        Raises at once if a call has been running on that mount for longer than `limit`.
        """
        if self.waited(mount) > limit:
            raise SourceOffline(_SILENT)
        try:
            async with asyncio.timeout(limit):
                while (running := self._running.get(mount)) is not None:
                    await asyncio.wait([running[0]])
                return await asyncio.shield(self._begin(mount, call))
        except TimeoutError:
            raise SourceOffline(_SILENT) from None

    def waited(self, mount: str) -> float:
        """Return for how many seconds a call on a mount has been running; 0: there is none."""
        running = self._running.get(mount)
        return 0 if running is None else self._clock() - running[1]

    def close(self) -> None:
        """End the threads, except those that hang."""
        for thread in self._threads.values():
            thread.end()
        self._threads.clear()

    def _begin(self, mount: str, call: Callable[[], T]) -> asyncio.Future[T]:
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._running[mount] = (done, self._clock())
        done.add_done_callback(lambda done: self._end(mount, done))
        if mount not in self._threads:
            self._threads[mount] = _MountThread()
        self._threads[mount].run(call, done)
        return done

    def _end(self, mount: str, done: asyncio.Future[Any]) -> None:
        del self._running[mount]
        if not done.cancelled():
            done.exception()  # retrieved, as perhaps no caller waits


class _MountThread:
    """Runs calls one after the other."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None]
        self._calls = SimpleQueue()
        threading.Thread(target=self._run_all, name="stat", daemon=True).start()

    def run(self, call: Callable[[], T], done: asyncio.Future[T]) -> None:
        """Run a call, and resolve `done` in its event loop."""
        self._calls.put((call, done))

    def end(self) -> None:
        """End the thread after the running call."""
        self._calls.put(None)

    def _run_all(self) -> None:
        while (asked := self._calls.get()) is not None:
            call, done = asked
            try:
                result, error = call(), None
            except Exception as raised:  # any error is the caller's
                result, error = None, raised
            with suppress(RuntimeError):  # the event loop has ended meanwhile
                done.get_loop().call_soon_threadsafe(_tell, done, result, error)


def _tell(done: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)

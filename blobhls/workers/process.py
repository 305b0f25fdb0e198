"""One worker process and the pipe to it.

Of its own, because a pool must outlive its processes: pebble's takes no more work after one
died between two jobs (the kernel's memory killer picks any), shows a cancelled job as ended
while it still writes, and `concurrent.futures` can't end a job at all (ADR 10).
"""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import os
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Final

import msgspec

from blobhls.errors import BlobhlsError

_LAST_BREATH: Final = 2  # seconds for the kernel to end a killed process, and again to bury it


class ProcessDied(Exception):
    """The process ended before it answered."""


class Reply(msgspec.Struct, frozen=True):
    """What became of a call. An error is a value here: nobody may be left to raise it to."""

    value: object = None
    error: BaseException | None = None


class WorkerProcess:
    """A process that makes one call at a time. To be used from one event loop."""

    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        """Use `launched` instead."""
        self._process = process
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[Reply] | None = None
        self._ended = asyncio.Event()
        self._loop.add_reader(connection.fileno(), self._read)
        # uvloop makes it non-blocking, and then an answer that comes in two pieces, as large ones
        # do on a busy machine, could not be told from the end of the process.
        os.set_blocking(connection.fileno(), True)

    @property
    def ended(self) -> bool:
        """Whether it can't be asked any more."""
        return self._ended.is_set()

    def call(self, function: str, arguments: tuple[object, ...]) -> asyncio.Future[Reply]:
        """Have the process make a call. It must not be busy; the future is never cancelled."""
        self._answer = self._loop.create_future()
        if self.ended:
            self._settle(Reply(error=ProcessDied()))
        else:
            try:
                self._connection.send((function, arguments))
            except OSError:
                pass  # it has just died: the pipe's end is about to be read
            except Exception as error:  # an argument that does not pickle
                self._settle(Reply(error=error))
        return self._answer

    def first_answer(self) -> asyncio.Future[Reply]:
        """Return what comes when the process has begun."""
        self._answer = self._loop.create_future()
        return self._answer

    async def end(self) -> None:
        """Kill it, and return when it can't write to any file any more."""
        if not self.ended:  # its number may be another process's by now
            self._process.kill()
        with suppress(TimeoutError):
            # Longer only where the kernel itself waits, for a dead network file system, say.
            await asyncio.wait_for(self._ended.wait(), _LAST_BREATH)
        self._close()
        await asyncio.to_thread(self._process.join, _LAST_BREATH)

    def _read(self) -> None:
        try:
            answer = self._connection.recv()
        except (EOFError, OSError):
            self._close()
            answer = Reply(error=ProcessDied())
        except Exception as error:  # what it sent can't be unpickled
            answer = Reply(error=error)
        self._settle(answer)

    def _settle(self, answer: Reply) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _close(self) -> None:
        if not self._connection.closed:
            self._loop.remove_reader(self._connection.fileno())
            self._connection.close()
        self._ended.set()


class WorkerSpawner(msgspec.Struct, frozen=True):
    """Starts worker processes."""

    module: str  # whose functions they call; `prepare` is called first
    memory: int  # bytes of address space that each may take

    async def launch(self) -> WorkerProcess:
        """Return a process that is ready; raises `OSError` or `ProcessDied`."""
        # In a thread: the first one waits for the server that the others are forked from.
        worker = WorkerProcess(*await asyncio.to_thread(self._start))
        try:
            answer = await worker.first_answer()
        except asyncio.CancelledError:
            await worker.end()
            raise
        if answer.error is not None:
            await worker.end()
            raise ProcessDied from answer.error
        return worker

    def _start(self) -> tuple[BaseProcess, Connection]:
        context: ForkServerContext = multiprocessing.get_context("forkserver")
        # Forked from a process that has libav loaded, a worker is there in milliseconds.
        # So it is with the program itself, which each would import anew.
        context.set_forkserver_preload(["__main__", self.module])
        ours, theirs = context.Pipe()
        with theirs:
            process = context.Process(
                target=_serve, args=(theirs, self.module, self.memory), daemon=True
            )
            process.start()
        return process, ours


def _serve(connection: Connection, module: str, memory: int) -> None:
    """Reply calls until the other end is gone; runs in the worker process."""
    worker = importlib.import_module(module)
    worker.prepare(memory)
    answer = Reply()
    with suppress(EOFError, OSError):
        while True:
            _send(connection, answer)
            function, arguments = connection.recv()
            answer = _answer(worker, function, arguments)


def _answer(worker: ModuleType, function: str, arguments: tuple[object, ...]) -> Reply:
    try:
        return Reply(getattr(worker, function)(*arguments))
    except BlobhlsError as error:
        return Reply(error=error)
    except Exception as error:
        error.add_note(traceback.format_exc())  # tracebacks themselves don't travel
        return Reply(error=error)


def _send(connection: Connection, answer: Reply) -> None:
    try:
        connection.send(answer)
    except (TypeError, AttributeError, ValueError) as error:  # it does not pickle
        connection.send(Reply(error=RuntimeError(f"can't send {answer!r}: {error}")))

"""One worker process and the socket to it.

No library is used, because a pool must outlive its processes. pebble's pool accepts no more work
after a process died between two jobs (the kernel's OOM killer may pick any), and reports a
cancelled job as ended while it still writes. `concurrent.futures` can't end a job (ADR 10).
"""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import socket
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any, BinaryIO, Final, Protocol, cast

import msgspec

from blobhls.errors import BlobhlsError
from blobhls.media.error_values import ErrorValue, plain_text
from blobhls.media.places import Places
from blobhls.workers.messages import (
    HEADER,
    MOST_BYTES,
    Codec,
    Fault,
    OutOfMemory,
    Ready,
    job_decoder,
)

_KILL_TIMEOUT: Final = 2  # seconds for the kernel to end a killed process, and again to reap it


class ProcessDied(Exception):
    """The process ended before it replied."""


class JobExecutor(Protocol):
    """Runs jobs in a worker process."""

    def execute(self, job: Any) -> object:  # noqa: ANN401 - one of the module's `JOBS`
        """Return the result of a job."""


class WorkerModule(Protocol):
    """The module that a worker process imports."""

    JOBS: Any  # a union of kinds of jobs

    def start(self, places: Places, memory: int) -> JobExecutor:
        """Set the process up; `memory`: bytes of address space that it may take."""


class _Channel(asyncio.Protocol):
    """The server's end of the socket: one frame is sent, one is received.

    It never blocks on the rest of a frame, so a worker that stops halfway affects nothing else.
    """

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._answer: asyncio.Future[bytes | None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, frame: bytes) -> asyncio.Future[bytes | None]:
        """Send a frame; the future holds the reply, None if the process ended."""
        self._answer = self._loop.create_future()
        if self.ended.is_set() or self.transport.is_closing():
            self._answer.set_result(None)
        else:
            self.transport.write(frame)
        return self._answer

    def answer(self) -> asyncio.Future[bytes | None]:
        """Return the reply that is awaited."""
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) < HEADER.size:
            return
        (length,) = HEADER.unpack_from(self._buffer)
        size = HEADER.size + length
        # A worker that sends more than one reply is faulty.
        if length > MOST_BYTES or len(self._buffer) > size or self._answer.done():
            self.transport.abort()
        elif len(self._buffer) == size:
            body = bytes(memoryview(self._buffer)[HEADER.size :])
            self._buffer = bytearray()
            self._answer.set_result(body)

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set()
        if not self._answer.done():
            self._answer.set_result(None)


class WorkerProcess:
    """A process that runs one job at a time. To be used from one event loop."""

    def __init__(self, process: BaseProcess, channel: _Channel) -> None:
        """Use `WorkerSpawner` instead."""
        self._process = process
        self._channel = channel

    @property
    def ended(self) -> bool:
        """Whether it can't run jobs any more."""
        return self._channel.ended.is_set()

    def ask(self, frame: bytes) -> asyncio.Future[bytes | None]:
        """Send a job. The process must be idle; the future is never cancelled.

        The future holds the encoded reply, or None if the process ended.
        """
        return self._channel.ask(frame)

    async def end(self) -> None:
        """Kill the process, and return when it can't write to any file any more."""
        if self._process.is_alive():  # else its pid may be that of another process by now
            self._process.kill()
        try:
            # It takes longer only where the kernel itself waits, as for a dead network file system.
            await asyncio.wait_for(self._channel.ended.wait(), _KILL_TIMEOUT)
        except TimeoutError:
            pass
        finally:
            self._channel.transport.close()
        await asyncio.to_thread(self._process.join, _KILL_TIMEOUT)


class WorkerSpawner(msgspec.Struct, frozen=True):
    """Starts worker processes."""

    module: str  # a `WorkerModule`
    places: Places
    memory: int  # bytes of address space that each may take

    async def launch(self) -> WorkerProcess:
        """Return a process that is ready; raises `OSError` or `ProcessDied`."""
        process, ours = await self._start_in_thread()
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_unix_connection(_Channel, sock=ours)
        worker = WorkerProcess(process, channel)
        try:
            body = await channel.answer()
        except asyncio.CancelledError:
            await worker.end()
            raise
        if body is None or Codec().reply(body) != Ready():
            await worker.end()
            raise ProcessDied
        return worker

    async def _start_in_thread(self) -> tuple[BaseProcess, socket.socket]:
        # In a thread: the first start waits for the fork server.
        starting = asyncio.ensure_future(asyncio.to_thread(self._start))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(OSError):
                _, ours = await starting
                ours.close()  # which ends the process
            raise

    def _start(self) -> tuple[BaseProcess, socket.socket]:
        context: ForkServerContext = multiprocessing.get_context("forkserver")
        # A worker that is forked from a process with libav and the program loaded starts in
        # milliseconds.
        context.set_forkserver_preload(["__main__", self.module])
        ours, theirs = socket.socketpair()
        with theirs:
            # These arguments are pickled: from the server to the worker, which trusts the server.
            arguments = (theirs, self.module, self.places, self.memory)
            process = context.Process(target=_serve, args=arguments, daemon=True)
            process.start()
        return process, ours


def _serve(connection: socket.socket, module: str, places: Places, memory: int) -> None:
    """Run jobs until the server closes the socket. Runs in the worker process."""
    worker = cast("WorkerModule", importlib.import_module(module))
    execute = worker.start(places, memory).execute
    codec, decoder = Codec(), job_decoder(worker.JOBS)
    with suppress(OSError), connection, connection.makefile("rb") as requests:
        connection.sendall(codec.frame(Ready()))
        while (body := _received(requests)) is not None:
            connection.sendall(_reply(codec, lambda: execute(decoder.decode(body))))


def _received(requests: BinaryIO) -> bytes | None:
    """Return the next frame; None when the server closed the socket."""
    header = requests.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (length,) = HEADER.unpack(header)
    body = requests.read(length)
    return body if len(body) == length else None


def _reply(codec: Codec, work: Callable[[], object]) -> bytes:
    """Run a job and return the frame of its reply."""
    try:
        return codec.done(work())
    except MemoryError:
        return codec.frame(OutOfMemory())
    except BlobhlsError as error:
        with suppress(KeyError):  # of a class that no job may raise
            return codec.frame(ErrorValue.of(error))
        return codec.frame(_fault(error))
    except Exception as error:
        return codec.frame(_fault(error))


def _fault(error: Exception) -> Fault:
    first, *_ = str(error).splitlines() or [""]
    trace = "".join(traceback.format_exception(error))
    return Fault(plain_text(f"{type(error).__name__}: {first}"), plain_text(trace))

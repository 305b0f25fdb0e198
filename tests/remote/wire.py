"""Servers on loopback that speak raw HTTP, so that they can be faulty in any way."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, ParamSpec

import msgspec

P = ParamSpec("P")

HANG_UP: Final = object()  # what a handler returns if the connection ends with it


class Request(msgspec.Struct, frozen=True):
    """One request; its body is read where the handler wants it."""

    method: str
    path: str
    headers: dict[str, str]  # names in lowercase
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def body(self) -> bytes:
        return await self.reader.readexactly(int(self.headers.get("content-length", "0")))

    async def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Respond as a correct server does; `x_reason` becomes `x-reason`."""
        lines = [f"HTTP/1.1 {status} ", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


Handler = Callable[[Request], Awaitable[object]]


class Server:
    """What a test can see of a server: its address, and its requests."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.port = 0
        self.requests: list[Request] = []
        self.connections = 0
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; the client may disconnect at any time."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._serve_one(reader, writer):
                pass
        writer.close()
        with suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        fields = (line.partition(":") for line in rest)
        headers = {name.lower(): value.strip() for name, _, value in fields}
        request = Request(method, path, headers, reader, writer)
        self.requests.append(request)
        return await self._handler(request) is not HANG_UP


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Server]:
    """Serve on a free port until the context ends, and then drop all connections."""
    server = Server(handler)
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)


def in_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make a test of a coroutine function."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


async def for_ever(_: Request) -> object:
    """Never respond."""
    await asyncio.Event().wait()
    return HANG_UP


def answering(status: int, body: bytes = b"", **headers: str) -> Handler:
    """Give every request the same response."""

    async def handler(request: Request) -> None:
        await request.body()
        await request.answer(status, body, **headers)

    return handler


def saying(*parts: bytes, then: Handler | None = None) -> Handler:
    """Send these bytes to every request, then close the connection or do something else."""

    async def handler(request: Request) -> object:
        for part in parts:
            await request.raw(part)
        return HANG_UP if then is None else await then(request)

    return handler

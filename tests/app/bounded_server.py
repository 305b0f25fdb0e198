"""A server with connection limits whose clock the test sets, and raw clients of it."""

from __future__ import annotations

import asyncio
import functools
import inspect
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import uvicorn
import uvloop
from uvicorn.server import ServerState

from blobhls.app.http.limits import ConnectionLimits
from blobhls.app.http.protocol import BoundedHttpProtocol, sweep
from blobhls.blossom.asgi import Receive, Scope, Send

GET = b"GET /%s HTTP/1.1\r\nHost: test\r\n\r\n"
PUT = b"PUT /%s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n"
CHUNKED = b"PUT /%s HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
MB = 1_000_000

_LONG = 30  # seconds that no test should wait
_PIECE = bytes(64 * 1024)


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class Application:
    """`/refuse` reads no body, `/endless` sends for ever, `/gate` waits for `gate`."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked: list[str] = []
        self.left = 0  # requests whose application was told that its client is gone
        self.replied: Callable[[], None] = lambda: None  # called when an answer was written

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        self.asked.append(path)
        if path == "/endless":
            await self._endless(receive, send)
            return
        if path == "/gate":
            await self.gate.wait()
        size = 0 if path == "/refuse" else await self._read(receive)
        if size is not None:
            await _reply(send, 403 if path == "/refuse" else 200, b"%s %d" % (path.encode(), size))
            self.replied()

    async def _read(self, receive: Receive) -> int | None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left += 1
                return None
            size += len(message["body"])
            more = message["more_body"]
        return size

    async def _endless(self, receive: Receive, send: Send) -> None:
        await self._read(receive)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.ensure_future(receive())
        while not gone.done():
            await send({"type": "http.response.body", "body": _PIECE, "more_body": True})
        self.left += 1


async def _reply(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Server:
    """Patient connections on a free port of loopback."""

    def __init__(self, patience: ConnectionLimits) -> None:
        self.app = Application()
        self.state = ServerState()
        self.now = 0.0
        self._patience = patience
        self._config = uvicorn.Config(
            self.app, ws="none", lifespan="off", log_config=None, access_log=False
        )
        self._port = 0
        self._clients: list[socket.socket] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Accept connections until the block ends."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._connection, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for line in self._clients:
                line.close()
            for connection in self.connections():
                connection.transport.abort()
            await self.until(lambda: not self.state.connections and not self.state.tasks)

    def _connection(self) -> BoundedHttpProtocol:
        return BoundedHttpProtocol(self._config, self.state, {}, limits=self._patience)

    def connections(self) -> list[BoundedHttpProtocol]:
        """Return the open ones."""
        return [c for c in self.state.connections if isinstance(c, BoundedHttpProtocol)]

    def sweep(self) -> None:
        """Look at all connections, now."""
        sweep(self.state.connections, self.now)

    def wait(self, seconds: float) -> None:
        """Have time go by, with two sweeps at its end: the first may only begin to count."""
        self.sweep()
        self.now += seconds
        self.sweep()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the event loop go on until a condition holds."""
        async with asyncio.timeout(_LONG):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.001)

    async def client(self, data: bytes = b"", receive_buffer: int | None = None) -> Client:
        """Return a new connection, known to the server, on which `data` was sent."""
        line = socket.socket()
        self._clients.append(line)
        line.setblocking(False)
        if receive_buffer is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        before = set(self.state.connections)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", self._port))
        await self.until(lambda: bool(set(self.state.connections) - before))
        (known,) = set(self.state.connections) - before
        assert isinstance(known, BoundedHttpProtocol)
        client = Client(line, known)
        await client.send(data)
        return client


class Client:
    """The other end of a connection."""

    def __init__(self, line: socket.socket, known: BoundedHttpProtocol) -> None:
        self.known = known
        self.line = line

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        async with asyncio.timeout(_LONG):
            await asyncio.get_running_loop().sock_sendall(self.line, data)

    async def some(self, most: int = 65536) -> bytes:
        """Return what comes next; empty at the end."""
        async with asyncio.timeout(_LONG):
            return await asyncio.get_running_loop().sock_recv(self.line, most)

    async def rest(self) -> bytes:
        """Return all that comes before the connection ends."""
        found = bytearray()
        with suppress(ConnectionResetError):
            while piece := await self.some():
                found += piece
        return bytes(found)

    async def answers(self) -> list[Answer]:
        """Return the answers that come before the connection ends."""
        return list(_answers(await self.rest()))


def _answers(data: bytes) -> Iterator[Answer]:
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines)
        size = int(headers.get(b"content-length", b"0"))
        yield Answer(int(first.split()[1]), headers, data[:size])
        data = data[size:]


Play = Callable[[Server], Awaitable[Any]]


def play(steps: Play, patience: ConnectionLimits | None = None) -> None:
    """Run a test's steps against a server of their own, on the event loop that is used for real."""

    async def run() -> None:
        server = Server(patience or ConnectionLimits())
        async with server.open():
            await steps(server)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def served(
    **limits: float,
) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., None]]:
    """Make a test of steps that take a server with some limits of its own."""

    def decorate(steps: Callable[..., Awaitable[None]]) -> Callable[..., None]:
        @functools.wraps(steps)
        def test(**given: object) -> None:
            patience = msgspec.convert(limits, ConnectionLimits)
            play(lambda server: steps(server, **given), patience)

        parameters = list(inspect.signature(steps).parameters.values())[1:]
        test.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return test

    return decorate


def assert_refused(answer: Answer, status: int) -> None:
    """As every error: with a reason, for pages of any origin; and the last answer."""
    assert answer.status == status, answer
    assert answer.headers[b"access-control-allow-origin"] == b"*"
    assert answer.headers[b"connection"] == b"close"
    assert answer.headers[b"content-type"] == b"application/json"
    assert (
        msgspec.json.decode(answer.body)["detail"].lower() == answer.headers[b"x-reason"].decode()
    )

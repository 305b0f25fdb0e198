"""A real server on a real socket, and a source of blobs that the tests control."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import httpx
import msgspec
import pytest
import uvicorn

from blobhls.app.http.transport import CoalescingProtocol
from blobhls.blob import BlobId, BlobInfo
from blobhls.blossom.asgi import ASGIApp, Receive, Scope, Send
from blobhls.blossom.reads.blobs import BlobApp
from blobhls.errors import BlobMissing
from blobhls.store.base import OpenBlob
from blobhls.store.local import LocalStore

HEX: Final = "0123456789abcdef" * 4  # a well-formed hash that no blob has
SMALL: Final = b"0123456789" * 100
LARGE: Final = bytes(range(256)) * 4096  # 1 MiB: streamed


class Address(msgspec.Struct, frozen=True):
    """Where a server listens."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(app: ASGIApp) -> Iterator[Address]:
    """Run an ASGI application on uvicorn, in a thread and on a free port, and stop it."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=CoalescingProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            # The socket listens already: early clients wait in its queue.
            yield Address(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


class FakeSource:
    """A `BlobReader` over a local store, of which blobs and errors can be arranged."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._types: dict[BlobId, str] = {}
        self._derivable: dict[BlobId, bytes] = {}
        self.errors: dict[BlobId, Exception] = {}
        self.sizes: dict[BlobId, int] = {}  # what the index says, where it is wrong
        self.wraps: Callable[[BinaryIO], BinaryIO] = lambda file: file
        self.opened: list[BinaryIO] = []
        self.waiting = threading.Event()  # set once a request waits for a blob that never comes
        self.dropped = threading.Event()  # set once no request waits any more
        self.never: set[BlobId] = set()

    def add(self, data: bytes, media_type: str = "video/mp2t") -> BlobId:
        """Have the bytes in the store."""
        blob_id = self._store.put(data)
        self._types[blob_id] = media_type
        return blob_id

    def add_derivable(self, data: bytes, media_type: str = "video/mp2t") -> BlobId:
        """Have no bytes, but be able to make them."""
        blob_id = BlobId.of(data)
        self._derivable[blob_id] = data
        self._types[blob_id] = media_type
        return blob_id

    def peek(self, blob_id: BlobId) -> OpenBlob | None:
        try:
            size = self.sizes.get(blob_id) or self._store.stat(blob_id)
            file = self.wraps(self._store.open(blob_id))
        except BlobMissing:
            return None
        self.opened.append(file)
        return OpenBlob(BlobInfo(blob_id, size, self._types[blob_id]), file)

    async def stat(self, blob_id: BlobId) -> BlobInfo:
        await self._fail(blob_id)
        if blob_id in self._derivable:
            return BlobInfo(blob_id, len(self._derivable[blob_id]), self._types[blob_id])
        return BlobInfo(blob_id, self._store.stat(blob_id), self._types[blob_id])

    async def open(self, blob_id: BlobId) -> OpenBlob:
        await self._fail(blob_id)
        if blob_id in self._derivable:
            self._store.put(self._derivable[blob_id])
        blob = self.peek(blob_id)
        if blob is None:
            raise BlobMissing(blob_id)
        return blob

    async def _fail(self, blob_id: BlobId) -> None:
        if blob_id in self.errors:
            raise self.errors[blob_id]
        if blob_id in self.never:
            self.waiting.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.dropped.set()


async def fallback(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 418, so that a test sees which requests were passed on."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"fallback"})


@pytest.fixture
def source(tmp_path: Path) -> FakeSource:
    """A source without blobs."""
    return FakeSource(LocalStore(tmp_path / "store"))


class Current:
    """An ASGI application that is whatever the test at hand has put there."""

    app: ASGIApp = staticmethod(fallback)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[Address, Current]]:
    """One server for all tests here: uvicorn takes 0.2 s to stop."""
    current = Current()
    with serving(current) as address:
        yield address, current


@pytest.fixture
def server(running: tuple[Address, Current], source: FakeSource) -> Iterator[Address]:
    """Blob reading over `source`, on a socket; every file must be closed in the end."""
    address, current = running
    current.app = BlobApp(source, fallback)
    yield address
    for _ in range(10):  # turns of the server's loop; a client may be quicker than a close
        if all(file.closed for file in source.opened):
            return
        httpx.get(address.url)
    pytest.fail("a blob's file was left open")


@pytest.fixture
def client(server: Address) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def exchange(server: Address, head: str) -> bytes:
    """Send a request as it stands and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1"))
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer

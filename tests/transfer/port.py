"""A small Blossom server on loopback with configurable faults, and a server that uses it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from blobhls.blob import BlobId
from blobhls.index.ledger.uploads import UploadIndex
from blobhls.nostr import Event, read_authorization
from blobhls.remote import AddressPolicy, Fetcher, RemoteServer, Retries
from blobhls.vault import UploadLimits, Uploads
from tests.remote.wire import HANG_UP, Request, serving
from tests.vault.bench import Bench


async def at_once(_: float) -> None:
    """Sleep no time at all."""
    await asyncio.sleep(0)


class Port:
    """Blobs in memory. What a test changes is what the server does from then on."""

    def __init__(self, blobs: dict[str, bytes] | None = None) -> None:
        self.blobs: dict[str, bytes] = dict(blobs or {})
        self.types: dict[str, str] = {}  # as they were uploaded
        self.order: list[str] = []  # hashes in the order in which they came
        self.tokens: list[Event] = []
        self.asked: list[tuple[str, str]] = []  # method and hash
        self.url = ""
        self.said_type = ""  # of what is served; as it was uploaded if empty
        self.mirrors: Callable[[str], bytes | None] | None = None  # what lies at a URL
        self.refuses: Callable[[str, str], int | None] = lambda _method, _blob_id: None
        self.breaks_after: int | None = None  # bodies; from then on it dies half-way
        self.forgets = False  # says it took what it does not keep

    async def answer(self, request: Request) -> object:
        """Answer one request; the hash is that of the path or of what is sent."""
        body = await request.body()
        if "authorization" in request.headers:
            self.tokens.append(read_authorization(request.headers["authorization"]))
        if request.path in {"/upload", "/mirror"}:
            return await self._take(request, body)
        blob_id = request.path[1:65]
        self.asked.append((request.method, blob_id))
        status = self.refuses(request.method, blob_id)
        if status is not None:
            await request.answer(status, x_reason="not for you")
            return None
        data = self.blobs.get(blob_id)
        if data is None:
            await request.answer(404)
            return None
        return await self._give(request, blob_id, data)

    async def _give(self, request: Request, blob_id: str, data: bytes) -> object:
        said = self.said_type or self.types.get(blob_id, "application/octet-stream")
        head = f"HTTP/1.1 200 \r\ncontent-type: {said}\r\ncontent-length: {len(data)}\r\n\r\n"
        await request.raw(head.encode())
        if request.method == "HEAD":
            return None
        if self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                await request.raw(data[: len(data) // 2])
                return HANG_UP
        await request.raw(data)
        return None

    async def _take(self, request: Request, body: bytes) -> object:
        data: bytes | None = body
        if request.path == "/mirror":
            url = msgspec.json.decode(body)["url"]
            data = self.mirrors(url) if self.mirrors else None
            if data is None:
                await request.answer(404 if self.mirrors is None else 502)
                return None
        assert data is not None
        blob_id = hashlib.sha256(data).hexdigest()
        self.asked.append((request.path, blob_id))
        status = self.refuses(request.path, blob_id)
        if status is not None:
            await request.answer(status, x_reason="not for you")
            return None
        if not self.forgets:
            self.blobs[blob_id] = data
            self.types[blob_id] = request.headers.get("content-type", "")
            self.order.append(blob_id)
        described = {"url": f"{self.url}/{blob_id}", "sha256": blob_id, "size": len(data)}
        await request.answer(201, msgspec.json.encode(described))
        return None

    def count(self, method: str) -> int:
        """How often something was asked for."""
        return sum(asked == method for asked, _ in self.asked)


@asynccontextmanager
async def open_ports(
    *ports: Port, reach: AddressPolicy = AddressPolicy.PRIVATE
) -> AsyncIterator[list[RemoteServer]]:
    """Serve some ports, and give a client of each."""
    async with AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(Fetcher(reach))
        found = []
        for port in ports:
            server = await stack.enter_async_context(serving(port.answer))
            port.url = server.url
            found.append(RemoteServer(fetcher, server.url, Retries(sleep=at_once)))
        yield found


class Harbour(Bench):
    """A vault with uploads."""

    def open(self) -> None:
        super().open()
        self.upload_index = UploadIndex(self.db)
        self.uploads = self.door(UploadLimits())

    def door(self, limits: UploadLimits) -> Uploads:
        """Return other uploads with limits of their own."""
        return Uploads(self.vault, self.repository, self.upload_index, self.block_list, limits)

    def has(self, blob_id: str) -> bool:
        """Whether a blob's bytes are here, to stay."""
        row = self.index.row(BlobId(blob_id))
        return row is not None and row.present and row.pinned

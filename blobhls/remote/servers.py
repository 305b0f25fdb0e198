"""A client of one Blossom server; used by push, pull and the local cache."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, BinaryIO, Final, TypeVar
from urllib.parse import urlencode

import msgspec

from blobhls.blob import DEFAULT_TYPE, BlobId, BlobInfo
from blobhls.errors import FetchFailed
from blobhls.remote.client import Request, Response
from blobhls.remote.fetcher import Fetched, Fetcher
from blobhls.remote.retries import TRANSIENT, Retries
from blobhls.remote.urls import origin_text, server_origin

T = TypeVar("T")

_CHUNK: Final = 256 * 1024  # bytes of an upload that are sent at once
_READ_AHEAD: Final = 4 * _CHUNK  # bytes of an upload that are read at once
_MAX_DESCRIPTOR: Final = 256 * 1024  # bytes of a response with one descriptor
_MAX_LIST: Final = 16 << 20  # bytes of a response with many
_GONE: Final = frozenset({404, 410})
_UNSUPPORTED: Final = frozenset({404, 405, 501})  # answers of a server without BUD-06

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Descriptor(msgspec.Struct, frozen=True):
    """A server's description of a blob (BUD-02). Unknown fields are ignored."""

    url: str
    sha256: Hash
    size: Count  # bytes
    type: str = DEFAULT_TYPE
    uploaded: int = 0  # seconds since 1970


class RemoteServer:
    """One Blossom server. Safe to use for many blobs at once; its only state is its URL.

    All methods raise `ServerRefused` for a response that is no success, `ServerSilent` for none,
    `FetchFailed` for an invalid one, and `Forbidden` if the policy excludes the server. Transient
    failures are retried as `retries` says. An `authorization` is a whole header value (BUD-11).
    """

    def __init__(self, fetcher: Fetcher, url: str, retries: Retries | None = None) -> None:
        """Set the server; raises `BadRequest` unless `url` is only a scheme and a host."""
        self._root = server_origin(url)
        self._fetcher = fetcher
        self._http = fetcher.http
        self._retries = retries or Retries()

    @property
    def origin(self) -> str:
        """`https://cdn.example.com`, without a path."""
        return origin_text(self._root)

    @property
    def host(self) -> str:
        """The lowercase host without port, as in `server` tags of tokens (BUD-11)."""
        return self._root.raw_host.decode("ascii")

    async def has(
        self, blob_id: BlobId, extension: str | None = None, authorization: str | None = None
    ) -> int | None:
        """Return the size of a blob in bytes, or None if the server does not have it (BUD-01)."""

        async def attempt() -> int | None:
            request = self._request("HEAD", _path(blob_id, extension), authorization)
            async with self._http.follow_redirects(request) as response:
                if response.status in _GONE:
                    return None
                if response.status != 200:
                    raise response.refusal()
                if response.length is None:
                    raise FetchFailed(f"{self.host} does not state the size of a blob")
                return response.length

        return await self._retries.run(attempt)

    async def fetch(
        self,
        blob_id: BlobId,
        extension: str | None,
        sink_path: Path,
        most: int,
        authorization: str | None = None,
    ) -> Fetched:
        """Fetch a blob into the new file `sink_path`, and check its hash (BUD-01).

        Raises `FetchFailed` for other bytes too, and `TooLarge` and `StoreFull` as `Fetcher.fetch`
        does. On failure no file is left.
        """
        url = self.origin + _path(blob_id, extension)

        async def attempt() -> Fetched:
            return await self._fetcher.fetch(url, sink_path, most=most, authorization=authorization)

        fetched = await self._retries.run(attempt)
        if fetched.blob_id != blob_id:
            await asyncio.to_thread(sink_path.unlink)
            raise FetchFailed(f"{self.host} sends other bytes than those of {blob_id[:12]}…")
        return fetched

    async def check_upload(self, info: BlobInfo, authorization: str | None = None) -> None:
        """Ask whether an upload would be accepted (BUD-06); raises `ServerRefused` if not.

        A server that does not support this is assumed to accept it.
        """
        headers = {
            "X-SHA-256": info.blob_id,
            "X-Content-Length": str(info.size),
            "X-Content-Type": info.media_type,
        }

        async def attempt() -> None:
            request = self._request("HEAD", "/upload", authorization, headers)
            async with self._http.exchange(request) as response:
                if not 200 <= response.status < 300 and response.status not in _UNSUPPORTED:
                    raise response.refusal()

        await self._retries.run(attempt)

    async def upload(
        self, file: BinaryIO, info: BlobInfo, authorization: str | None = None
    ) -> Descriptor:
        """Send a blob (BUD-02). `file` is seekable and has at least `info.size` bytes."""
        headers = {
            "Content-Length": str(info.size),
            "Content-Type": info.media_type,
            "X-SHA-256": info.blob_id,
        }

        async def attempt() -> Descriptor:
            request = self._request("PUT", "/upload", authorization, headers)
            # Closed here, since the caller may close the file next, or a retry may read it again.
            async with aclosing(_chunks(file, info.size)) as body:
                sending = msgspec.structs.replace(request, body=body, size=info.size)
                return await self._described(sending, info.blob_id)

        return await self._retries.run(attempt)

    async def mirror(
        self, url: str, blob_id: BlobId, authorization: str | None = None
    ) -> Descriptor:
        """Make the server fetch `url`, the blob's URL, by itself (BUD-04)."""
        body = msgspec.json.encode({"url": url})
        headers = {"Content-Type": "application/json"}

        async def attempt() -> Descriptor:
            request = self._request("PUT", "/mirror", authorization, headers, body)
            return await self._described(request, blob_id)

        # Here 502 means that the server itself could not fetch the URL (BUD-04).
        return await self._retries.run(attempt, TRANSIENT - {502})

    async def list_blobs(
        self,
        pubkey: str,
        cursor: str | None = None,
        limit: int | None = None,
        authorization: str | None = None,
    ) -> list[Descriptor]:
        """Return one page of a key's uploads, newest first; the next page begins after `cursor`.

        `pubkey` in hex (BUD-12).
        """
        asked = {"cursor": cursor, "limit": limit}
        parameters = {key: value for key, value in asked.items() if value is not None}
        path = f"/list/{pubkey}?{urlencode(parameters)}" if parameters else f"/list/{pubkey}"

        async def attempt() -> list[Descriptor]:
            request = self._request("GET", path, authorization)
            async with self._http.follow_redirects(request) as response:
                return await self._decoded(response, list[Descriptor], _MAX_LIST)

        return await self._retries.run(attempt)

    async def delete(self, blob_id: BlobId, authorization: str | None = None) -> None:
        """Make the server delete a blob (BUD-12). A missing blob is refused with 404."""

        async def attempt() -> None:
            request = self._request("DELETE", f"/{blob_id}", authorization)
            async with self._http.exchange(request) as response:
                if not 200 <= response.status < 300:
                    raise response.refusal()

        await self._retries.run(attempt)

    def _request(
        self,
        method: str,
        path: str,
        authorization: str | None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Request:
        headers = {"Accept-Encoding": "identity", **(headers or {})}
        if authorization is not None:
            headers["Authorization"] = authorization
        is_slow = method == "PUT"
        return Request(method, self._root.join(path), headers, body, len(body or b""), is_slow)

    async def _described(self, request: Request, blob_id: BlobId) -> Descriptor:
        """Send a request and check that the response is this blob's descriptor."""
        async with self._http.exchange(request) as response:
            descriptor = await self._decoded(response, Descriptor, _MAX_DESCRIPTOR)
        if descriptor.sha256 != blob_id:
            raise FetchFailed(f"{self.host} reports other bytes than those of {blob_id[:12]}…")
        return descriptor

    async def _decoded(self, response: Response, kind: type[T], most: int) -> T:
        if not 200 <= response.status < 300:
            raise response.refusal()
        body = await response.read(most)
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise FetchFailed(f"{self.host} does not answer as a Blossom server does") from None


def _path(blob_id: BlobId, extension: str | None) -> str:
    return f"/{blob_id}.{extension}" if extension else f"/{blob_id}"


async def _chunks(file: BinaryIO, size: int) -> AsyncGenerator[bytes, None]:
    """Yield the first `size` bytes of `file`; the next part is read while this one is sent."""
    starts = range(0, size, _READ_AHEAD)
    reading: asyncio.Task[bytes] | None = None
    try:
        for start in starts:
            data = await (reading or _reading(file, start, size))
            follow_redirects = start + _READ_AHEAD
            reading = _reading(file, follow_redirects, size) if follow_redirects < size else None
            for place in range(0, len(data), _CHUNK):
                yield data[place : place + _CHUNK]
    finally:
        if reading is not None:  # otherwise it would interfere with the next attempt's reading
            await asyncio.wait([reading])


def _reading(file: BinaryIO, start: int, size: int) -> asyncio.Task[bytes]:
    wanted = min(_READ_AHEAD, size - start)
    return asyncio.create_task(asyncio.to_thread(_read, file, start, wanted))


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    """Read `size` bytes from `start` on; an unbuffered file may need several reads."""
    file.seek(start)
    parts = []
    while size:
        part = file.read(size)
        if not part:
            raise FetchFailed("a blob's file is shorter than it should be")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

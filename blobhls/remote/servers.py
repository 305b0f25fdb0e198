"""A client of one Blossom server: what push, pull and the local cache ask of others."""

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
from blobhls.remote.client import Call, Response
from blobhls.remote.fetcher import Fetched, Fetcher
from blobhls.remote.retries import PASSING, Retries
from blobhls.remote.urls import origin_text, server_origin

T = TypeVar("T")

_PIECE: Final = 256 * 1024  # bytes of an upload that are sent at once
_AHEAD: Final = 4 * _PIECE  # bytes of an upload that are read at once
_DESCRIPTOR: Final = 256 * 1024  # bytes of an answer with one descriptor
_LIST: Final = 16 << 20  # bytes of an answer with many
_GONE: Final = frozenset({404, 410})
_UNKNOWN_HERE: Final = frozenset({404, 405, 501})  # what a server without BUD-06 may answer

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Descriptor(msgspec.Struct, frozen=True):
    """What a server says of a blob it has (BUD-02). Fields it says beyond these are ignored."""

    url: str
    sha256: Hash
    size: Count  # bytes
    type: str = DEFAULT_TYPE
    uploaded: int = 0  # seconds since 1970


class RemoteServer:
    """One Blossom server. Safe to use for many blobs at once; it has no state but its name.

    Everything here raises `ServerRefused` for an answer that is no success, `ServerSilent` for
    none, `FetchFailed` for one that makes no sense, `Forbidden` if the server is out of reach.
    Failures that may pass are tried again as `retries` says. An `authorization` is a whole
    header value (BUD-11).
    """

    def __init__(self, fetcher: Fetcher, url: str, retries: Retries | None = None) -> None:
        """Name the server; raises `BadRequest` unless `url` is a scheme and a host alone."""
        self._root = server_origin(url)
        self._fetcher = fetcher
        self._outbound = fetcher.outbound
        self._retries = retries or Retries()

    @property
    def origin(self) -> str:
        """`https://cdn.example.com`, without a path."""
        return origin_text(self._root)

    @property
    def host(self) -> str:
        """The lowercase host without port, as `server` tags of tokens have it (BUD-11)."""
        return self._root.raw_host.decode("ascii")

    async def has(
        self, blob_id: BlobId, extension: str | None = None, authorization: str | None = None
    ) -> int | None:
        """Return the size in bytes of a blob that is there, None if it is not (BUD-01)."""

        async def ask() -> int | None:
            call = self._call("HEAD", _path(blob_id, extension), authorization)
            async with self._outbound.following(call) as answer:
                if answer.status in _GONE:
                    return None
                if answer.status != 200:
                    raise answer.refusal()
                if answer.length is None:
                    raise FetchFailed(f"{self.host} does not say how large a blob is")
                return answer.length

        return await self._retries.run(ask)

    async def fetch(
        self,
        blob_id: BlobId,
        extension: str | None,
        sink_path: Path,
        most: int,
        authorization: str | None = None,
    ) -> Fetched:
        """Fetch a blob into the new file `sink_path`; its bytes are the blob's (BUD-01).

        Raises `FetchFailed` for other bytes, too, and `TooLarge` and `StoreFull` as
        `Fetcher.fetch` does. On failure no file is left.
        """
        url = self.origin + _path(blob_id, extension)

        async def ask() -> Fetched:
            return await self._fetcher.fetch(url, sink_path, most=most, authorization=authorization)

        fetched = await self._retries.run(ask)
        if fetched.blob_id != blob_id:
            await asyncio.to_thread(sink_path.unlink)
            raise FetchFailed(f"{self.host} sends other bytes than those of {blob_id[:12]}…")
        return fetched

    async def check_upload(self, info: BlobInfo, authorization: str | None = None) -> None:
        """Ask whether an upload would be taken (BUD-06), and raise the refusal if not.

        A server that does not know the question is taken to agree.
        """
        headers = {
            "X-SHA-256": info.blob_id,
            "X-Content-Length": str(info.size),
            "X-Content-Type": info.media_type,
        }

        async def ask() -> None:
            call = self._call("HEAD", "/upload", authorization, headers)
            async with self._outbound.exchange(call) as answer:
                if not 200 <= answer.status < 300 and answer.status not in _UNKNOWN_HERE:
                    raise answer.refusal()

        await self._retries.run(ask)

    async def upload(
        self, file: BinaryIO, info: BlobInfo, authorization: str | None = None
    ) -> Descriptor:
        """Send a blob's bytes (BUD-02). `file` is seekable and has at least `info.size` bytes."""
        headers = {
            "Content-Length": str(info.size),
            "Content-Type": info.media_type,
            "X-SHA-256": info.blob_id,
        }

        async def ask() -> Descriptor:
            call = self._call("PUT", "/upload", authorization, headers)
            # Closed here: whoever gave the file may close it next, or read it once more.
            async with aclosing(_pieces(file, info.size)) as body:
                sending = msgspec.structs.replace(call, body=body, size=info.size)
                return await self._described(sending, info.blob_id)

        return await self._retries.run(ask)

    async def mirror(
        self, url: str, blob_id: BlobId, authorization: str | None = None
    ) -> Descriptor:
        """Have the server fetch `url`, which leads to the blob, by itself (BUD-04)."""
        body = msgspec.json.encode({"url": url})
        headers = {"Content-Type": "application/json"}

        async def ask() -> Descriptor:
            call = self._call("PUT", "/mirror", authorization, headers, body)
            return await self._described(call, blob_id)

        # 502 says here that the server itself could not fetch it (BUD-04).
        return await self._retries.run(ask, PASSING - {502})

    async def list_blobs(
        self,
        pubkey: str,
        cursor: str | None = None,
        limit: int | None = None,
        authorization: str | None = None,
    ) -> list[Descriptor]:
        """Return one page of what a key uploaded, newest first; the next begins after `cursor`.

        `pubkey` in hex. BUD-12.
        """
        asked = {"cursor": cursor, "limit": limit}
        parameters = {key: value for key, value in asked.items() if value is not None}
        path = f"/list/{pubkey}?{urlencode(parameters)}" if parameters else f"/list/{pubkey}"

        async def ask() -> list[Descriptor]:
            call = self._call("GET", path, authorization)
            async with self._outbound.following(call) as answer:
                return await self._decoded(answer, list[Descriptor], _LIST)

        return await self._retries.run(ask)

    async def delete(self, blob_id: BlobId, authorization: str | None = None) -> None:
        """Have the server forget a blob (BUD-12). What is not there is refused with 404."""

        async def ask() -> None:
            call = self._call("DELETE", f"/{blob_id}", authorization)
            async with self._outbound.exchange(call) as answer:
                if not 200 <= answer.status < 300:
                    raise answer.refusal()

        await self._retries.run(ask)

    def _call(
        self,
        method: str,
        path: str,
        authorization: str | None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Call:
        headers = {"Accept-Encoding": "identity", **(headers or {})}
        if authorization is not None:
            headers["Authorization"] = authorization
        works = method == "PUT"
        return Call(method, self._root.join(path), headers, body, len(body or b""), works)

    async def _described(self, call: Call, blob_id: BlobId) -> Descriptor:
        """Send what is answered with a descriptor, and see that it is the one of this blob."""
        async with self._outbound.exchange(call) as answer:
            descriptor = await self._decoded(answer, Descriptor, _DESCRIPTOR)
        if descriptor.sha256 != blob_id:
            raise FetchFailed(f"{self.host} says it has stored other bytes than {blob_id[:12]}…")
        return descriptor

    async def _decoded(self, answer: Response, kind: type[T], most: int) -> T:
        if not 200 <= answer.status < 300:
            raise answer.refusal()
        body = await answer.read(most)
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise FetchFailed(f"{self.host} does not answer as a Blossom server does") from None


def _path(blob_id: BlobId, extension: str | None) -> str:
    return f"/{blob_id}.{extension}" if extension else f"/{blob_id}"


async def _pieces(file: BinaryIO, size: int) -> AsyncGenerator[bytes, None]:
    """Give the first `size` bytes of `file`; the next ones are read while these are sent."""
    starts = range(0, size, _AHEAD)
    reading: asyncio.Task[bytes] | None = None
    try:
        for start in starts:
            data = await (reading or _reading(file, start, size))
            following = start + _AHEAD
            reading = _reading(file, following, size) if following < size else None
            for place in range(0, len(data), _PIECE):
                yield data[place : place + _PIECE]
    finally:
        if reading is not None:  # or it would read what the next try has sought
            await asyncio.wait([reading])


def _reading(file: BinaryIO, start: int, size: int) -> asyncio.Task[bytes]:
    wanted = min(_AHEAD, size - start)
    return asyncio.create_task(asyncio.to_thread(_read, file, start, wanted))


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    """Read `size` bytes from `start` on, which an unbuffered file may give in several parts."""
    file.seek(start)
    parts = []
    while size:
        part = file.read(size)
        if not part:
            raise FetchFailed("a blob's file is shorter than it should be")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

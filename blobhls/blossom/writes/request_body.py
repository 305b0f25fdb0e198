"""Bodies and headers of requests that write, with limits and validation."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec

from blobhls.blob import DEFAULT_TYPE, BlobId
from blobhls.blossom.asgi import Receive
from blobhls.blossom.disconnect import ClientDisconnected
from blobhls.errors import BadRequest, LengthRequired, TooLarge, TooSlow

_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,63}/[a-z0-9!#$&^_.+-]{1,63}")
_WHOLE: Final = re.compile(r"[0-9]{1,15}")


class BodyTimeouts(msgspec.Struct, frozen=True):
    """How slowly a body may arrive."""

    silence: float = 30  # seconds without a byte
    least: float = 1024  # bytes a second over all, counted after a first `silence`


class AnnouncedBlob(msgspec.Struct, frozen=True):
    """The facts of a blob in the headers of a request; None: not announced."""

    blob_id: BlobId | None
    size: int | None  # bytes
    media_type: str | None  # None also for `application/octet-stream`


def announced(headers: Mapping[str, str]) -> AnnouncedBlob:
    """Return the facts in the headers of an upload; raises `BadRequest`."""
    return AnnouncedBlob(
        announced_hash(headers),
        _length(headers.get("content-length")),
        media_type_of(headers.get("content-type")),
    )


def announced_for_check(headers: Mapping[str, str]) -> AnnouncedBlob:
    """Return the facts in the headers of an upload check, which has no body (BUD-06).

    Raises `BadRequest`, or `LengthRequired` without a length.
    """
    size = _length(headers.get("x-content-length"))
    if size is None:
        raise LengthRequired("X-Content-Length is needed")
    return AnnouncedBlob(
        announced_hash(headers), size, media_type_of(headers.get("x-content-type"))
    )


def announced_hash(headers: Mapping[str, str]) -> BlobId | None:
    """Return the blob that `X-SHA-256` names; raises `BadRequest`."""
    blob_hex = headers.get("x-sha-256")
    try:
        return None if blob_hex is None else BlobId.parse(blob_hex)
    except ValueError as error:
        raise BadRequest("X-SHA-256 is not 64 lowercase hex digits") from error


def _length(header: str | None) -> int | None:
    if header is None:
        return None
    if not _WHOLE.fullmatch(header):
        raise BadRequest("the length is not a number of bytes")
    return int(header)


def media_type_of(header: str | None) -> str | None:
    """Return a type without parameters; None if there is none. Raises `BadRequest`."""
    essence = (header or "").partition(";")[0].strip().lower()
    if essence in {"", DEFAULT_TYPE}:
        return None
    if not _TYPE.fullmatch(essence):
        raise BadRequest("the content type is not a media type")
    return essence


async def chunks(receive: Receive, timeouts: BodyTimeouts) -> AsyncIterator[bytes]:
    """Yield a request's body as it arrives; raises `TooSlow` or `ClientDisconnected`."""
    begun, size, more = time.monotonic(), 0, True
    while more:
        try:
            async with asyncio.timeout(timeouts.silence):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow("the body stopped arriving") from error
        if message["type"] != "http.request":
            raise ClientDisconnected
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size < (time.monotonic() - begun - timeouts.silence) * timeouts.least:
            raise TooSlow("the body arrives too slowly")
        if chunk:
            yield chunk


async def small_body(receive: Receive, timeouts: BodyTimeouts, most: int) -> bytes:
    """Return a body of at most `most` bytes.

    Raises `TooLarge`, `TooSlow` or `ClientDisconnected`.
    """
    body = bytearray()
    async for chunk in chunks(receive, timeouts):
        body += chunk
        if len(body) > most:
            raise TooLarge(f"the body may have {most} bytes at most")
    return bytes(body)

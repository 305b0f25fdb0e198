"""One URL into one file: the one way by which bytes of others come in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Self

import msgspec

from blobhls.blob import DEFAULT_TYPE, BlobId
from blobhls.errors import FetchFailed, TooLarge
from blobhls.remote.addresses import AddressPolicy
from blobhls.remote.client import Call, HttpClient, Response, TimeLimits
from blobhls.remote.file_sink import FileSink
from blobhls.remote.network import Resolver, SystemResolver
from blobhls.remote.urls import checked_url

# RFC 9110 §8.3.1: two tokens.
_MEDIA_TYPE: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
_LONGEST_TYPE: Final = 127  # RFC 6838 §4.2: characters of each half; more than enough for both


class Fetched(msgspec.Struct, frozen=True):
    """What came out of a fetch. The bytes are in the file, hashed but not synced to disk."""

    blob_id: BlobId
    size: int  # bytes
    media_type: str | None  # lowercase, without parameters; None if nothing of use was said
    url: str  # where the bytes really came from


class Fetcher:
    """Fetches what others name. One per process and reach; an async context manager.

    A server that is named by an outsider can make this process neither talk to an address out
    of `reach` nor wait, keep or read beyond `bounds`.
    """

    def __init__(
        self,
        reach: AddressPolicy,
        bounds: TimeLimits | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        """Put it together, for use in one event loop. `resolver` is for tests."""
        self._resolver = resolver or SystemResolver()
        self.outbound = HttpClient(reach, bounds or TimeLimits(), self._resolver)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.outbound.close()
        if isinstance(self._resolver, SystemResolver):
            self._resolver.close()

    async def fetch(
        self, url: str, sink_path: Path, *, most: int, authorization: str | None = None
    ) -> Fetched:
        """Fetch `url` into the new file `sink_path`, of at most `most` bytes.

        A token given as `authorization` is not passed on to where a redirect leads. On failure
        no file is left, and this raises `BadRequest` for a URL that can't be fetched,
        `Forbidden` for a host out of reach, `TooLarge`, `StoreFull`, or `FetchFailed`: as
        `ServerRefused` with the status that was answered, as `ServerSilent` where another try
        may go well.
        """
        call = Call("GET", checked_url(url), _headers(authorization))
        # The file outside: it goes even if the connection fails after the last byte.
        async with FileSink(sink_path, most) as sink, self.outbound.following(call) as answer:
            _check(answer, most)
            async for piece in answer.pieces():
                await sink.take(piece)
            blob_id, size = await sink.finish()
            media_type = media_type_of(answer.header("content-type"))
            return Fetched(blob_id, size, media_type, str(answer.url))


def media_type_of(content_type: str | None) -> str | None:
    """Return the media type of a `Content-Type`; None if it is missing, broken or says nothing."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if len(media_type) > _LONGEST_TYPE or not _MEDIA_TYPE.fullmatch(media_type):
        return None
    return None if media_type == DEFAULT_TYPE else media_type


def _headers(authorization: str | None) -> dict[str, str]:
    # The blob is what is hashed, not a compressed form of it.
    headers = {"Accept-Encoding": "identity"}
    if authorization is not None:
        headers["Authorization"] = authorization
    return headers


def _check(answer: Response, most: int) -> None:
    """Refuse by the headers what need not be read to be refused."""
    if answer.status != 200:
        raise answer.refusal()
    coding = (answer.header("content-encoding") or "").lower()
    if coding not in {"", "identity"}:
        # A server that compresses unasked sends other bytes than the blob's; undoing it would
        # mean to believe a few bytes that say they are a million.
        raise FetchFailed(f"{answer.host} sends the bytes compressed although it was asked not to")
    if answer.length is not None and answer.length > most:
        raise TooLarge(f"this has {answer.length} bytes, {most} are taken")

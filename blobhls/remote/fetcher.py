"""Fetching one URL into one file; all foreign bytes enter this way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Self

import msgspec

from blobhls.blob import DEFAULT_TYPE, BlobId
from blobhls.errors import FetchFailed, TooLarge
from blobhls.remote.addresses import AddressPolicy
from blobhls.remote.client import HttpClient, Request, Response, TimeLimits
from blobhls.remote.file_sink import FileSink
from blobhls.remote.network import Resolver, SystemResolver
from blobhls.remote.urls import checked_url

# RFC 9110 §8.3.1: two tokens.
_MEDIA_TYPE: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
_MAX_TYPE: Final = 127  # characters; RFC 6838 §4.2 allows this for each half


class Fetched(msgspec.Struct, frozen=True):
    """The result of a fetch. The bytes are in the file, hashed but not synced to disk."""

    blob_id: BlobId
    size: int  # bytes
    media_type: str | None  # lowercase, without parameters; None if missing or meaningless
    url: str  # the final URL, after redirects


class Fetcher:
    """Fetches URLs named by others. One per process and policy; an async context manager.

    A foreign URL can make this process neither connect to an address outside the policy, nor wait,
    store or read beyond `limits`.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        limits: TimeLimits | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        """Create a fetcher for use in one event loop. `resolver` is for tests."""
        self._resolver = resolver or SystemResolver()
        self.http = HttpClient(policy, limits or TimeLimits(), self._resolver)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()
        if isinstance(self._resolver, SystemResolver):
            self._resolver.close()

    async def fetch(
        self, url: str, sink_path: Path, *, most: int, authorization: str | None = None
    ) -> Fetched:
        """Fetch `url` into the new file `sink_path`, of at most `most` bytes.

        The token in `authorization` is not sent to the target of a redirect. On failure no file is
        left. Raises `BadRequest` for a URL that can't be fetched, `Forbidden` for a host that the
        policy excludes, `TooLarge`, `StoreFull`, or `FetchFailed`: as `ServerRefused` with the
        response's status, as `ServerSilent` where a retry may succeed.
        """
        request = Request("GET", checked_url(url), _headers(authorization))
        # The file is the outer context: it is removed even if the connection fails at the end.
        async with (
            FileSink(sink_path, most) as sink,
            self.http.follow_redirects(request) as response,
        ):
            _check(response, most)
            async for chunk in response.chunks():
                await sink.write(chunk)
            blob_id, size = await sink.finish()
            media_type = media_type_of(response.header("content-type"))
            return Fetched(blob_id, size, media_type, str(response.url))


def media_type_of(content_type: str | None) -> str | None:
    """Return the media type of a `Content-Type`; None if it is missing, malformed or generic."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if len(media_type) > _MAX_TYPE or not _MEDIA_TYPE.fullmatch(media_type):
        return None
    return None if media_type == DEFAULT_TYPE else media_type


def _headers(authorization: str | None) -> dict[str, str]:
    # The hash is that of the blob, not of a compressed form.
    headers = {"Accept-Encoding": "identity"}
    if authorization is not None:
        headers["Authorization"] = authorization
    return headers


def _check(response: Response, most: int) -> None:
    """Refuse a response by its headers, before its body is read."""
    if response.status != 200:
        raise response.refusal()
    coding = (response.header("content-encoding") or "").lower()
    if coding not in {"", "identity"}:
        # Such a server sends other bytes than the blob's. Decompressing them would allow a few
        # bytes to become a million.
        raise FetchFailed(f"{response.host} sends compressed bytes although it was asked not to")
    if response.length is not None and response.length > most:
        raise TooLarge(f"this has {response.length} bytes; the limit is {most}")

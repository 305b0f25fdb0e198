"""`xs` and `as` hints of the local Blossom cache: missing blobs are fetched from these servers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from cachetools import LRUCache

from blobhls.blob import BlobId
from blobhls.blossom.writes.upload_handler import type_of_body
from blobhls.errors import BadRequest, BlobhlsError, Forbidden, Refused, StoreFull
from blobhls.index.ledger.uploads import ANONYMOUS
from blobhls.nostr import InvalidEvent, decode_event, parse_pubkey, verify
from blobhls.remote import Fetcher, RemoteServer, Retries, query, server_origins
from blobhls.store.staging import staged_file
from blobhls.transfer.puller import MOST_BYTES
from blobhls.vault import Uploads, staged_body
from blobhls.workers import Priority, SingleFlight, Urgency

_log: Final = logging.getLogger(__name__)

_SERVER_LIST: Final = 10063  # BUD-03
_MOST_SERVERS: Final = 8  # of one request
_MOST_AUTHORS: Final = 3
_LONGEST: Final = 4096  # characters of a query
_MOST_FIELDS: Final = 64
_KEPT: Final = 1000  # server lists in memory
_FRESH: Final = 600  # seconds for which a list is cached
_ONCE: Final = Retries(attempts=1)  # a client waits, and the next server may have it


class BlobHints(msgspec.Struct, frozen=True):
    """The hints of a request."""

    servers: tuple[str, ...]  # as in the query
    authors: tuple[str, ...]  # public keys in hex
    size: int | None = None  # bytes


def hints_of(query_string: bytes) -> BlobHints | None:
    """Return the hints of a query; None if there are none. Invalid hints are ignored."""
    if len(query_string) > _LONGEST:
        return None
    try:
        found = parse_qs(query_string.decode("latin-1"), max_num_fields=_MOST_FIELDS)
    except ValueError:  # more fields than that
        return None
    authors = []
    for text in found.get("as", []):
        try:
            authors.append(parse_pubkey(text))
        except ValueError:
            continue
    size = found.get("sz", [""])[0]
    wanted = BlobHints(
        tuple(dict.fromkeys(found.get("xs", [])))[:_MOST_SERVERS],
        tuple(dict.fromkeys(authors))[:_MOST_AUTHORS],
        int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None,
    )
    return wanted if wanted.servers or wanted.authors else None


class Hints:
    """Fetches blobs that the local cache does not have, by single flight."""

    def __init__(self, uploads: Uploads, fetcher: Fetcher, relays: Sequence[str]) -> None:
        """`relays`: asked for the servers of an author; none: `as` hints are ignored."""
        self._uploads = uploads
        self._fetcher = fetcher
        self._relays = relays
        self._flights = SingleFlight()
        self._lists: LRUCache[str, tuple[float, tuple[str, ...]]] = LRUCache(_KEPT)

    async def follow(self, blob_id: BlobId, extension: str | None, wanted: BlobHints) -> bool:
        """Fetch a blob from one of the hinted servers; False if none has it, or it is refused.

        The blob is verified. It has no owner, so it may be evicted again.
        """
        try:
            await self._uploads.admit(ANONYMOUS, wanted.size, None, blob_id)
        except (Refused, StoreFull):
            return False
        followed = False

        def start(_: Urgency) -> Coroutine[Any, Any, bool]:
            nonlocal followed
            followed = True
            return self._fetch(blob_id, extension, wanted)

        # A joined flight has followed the hints of its first caller, not these.
        while not await self._flights.join(blob_id, Priority.VIEWER, start):
            if followed:
                return False
        return True

    async def _fetch(self, blob_id: BlobId, extension: str | None, wanted: BlobHints) -> bool:
        async for origin in self._origins(wanted):
            try:
                if await self._fetch_from(blob_id, extension, origin, wanted.size):
                    return True
            except (BlobhlsError, OSError) as error:
                _log.info("%s… not from %s: %s", blob_id[:12], origin, error)
        return False

    async def _origins(self, wanted: BlobHints) -> AsyncIterator[str]:
        """Yield the servers to ask, without repeats. Lists of authors are queried when needed."""
        tried: set[str] = set()
        async for hint in self._servers(wanted):
            for origin in _origins_of(hint):
                if origin not in tried:
                    tried.add(origin)
                    yield origin

    async def _servers(self, wanted: BlobHints) -> AsyncIterator[str]:
        for hint in wanted.servers:
            yield hint
        for author in wanted.authors:
            for hint in await self._servers_of(author):
                yield hint

    async def _fetch_from(
        self, blob_id: BlobId, extension: str | None, origin: str, size: int | None
    ) -> bool:
        server = RemoteServer(self._fetcher, origin, _ONCE)
        most = self._uploads.limits.most_bytes or MOST_BYTES
        if size is not None and await server.has(blob_id, extension) != size:
            return False  # BUD-10: the size is compared before the download
        async with staged_file(self._uploads.staging) as staged:
            fetched = await server.fetch(blob_id, extension, staged, most)
            body = await asyncio.to_thread(staged_body, staged, blob_id, fetched.size)
            media_type = type_of_body(fetched.media_type, body.head)
            await self._uploads.store(body, media_type, ANONYMOUS, pinned=False)
        return True

    async def _servers_of(self, author: str) -> tuple[str, ...]:
        """Return the servers of an author's newest list, from the operator's relays (BUD-03)."""
        known = self._lists.get(author)
        if known is not None and known[0] > time.monotonic() - _FRESH:
            return known[1]
        asked = [{"kinds": [_SERVER_LIST], "authors": [author], "limit": 1}]
        answers = await asyncio.gather(
            *(query(relay, asked) for relay in self._relays), return_exceptions=True
        )
        heard = [each for each in answers if isinstance(each, list)]
        servers = _newest(author, [event for each in heard for event in each])
        if heard:  # else no relay answered: the next request asks again
            self._lists[author] = (time.monotonic(), servers)
        return servers


def _newest(author: str, events: Sequence[bytes]) -> tuple[str, ...]:
    """Return the servers of the newest valid list of the author."""
    best: tuple[int, tuple[str, ...]] = (-1, ())
    for text in events:
        try:
            event = decode_event(text)
            if event.pubkey != author or event.kind != _SERVER_LIST:
                continue
            verify(event)
        except InvalidEvent:
            continue
        best = max(best, (event.created_at, tuple(event.values("server"))[:_MOST_SERVERS]))
    return best[1]


def _origins_of(hint: str) -> list[str]:
    try:
        return server_origins(hint)
    except (BadRequest, Forbidden):
        return []

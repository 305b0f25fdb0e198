"""Blobs that are fetched from where they are, instead of being sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from blobhls.blob import DEFAULT_TYPE, BlobId, type_of
from blobhls.blossom.access import Claim
from blobhls.blossom.asgi import Scope
from blobhls.blossom.writes.receiving import UploadHandler, UploadResponse
from blobhls.errors import HashMismatch, Unauthorized
from blobhls.remote import Fetcher, RemoteServer
from blobhls.transfer.links import PLAYLIST
from blobhls.transfer.puller import MOST_BYTES, Puller
from blobhls.vault import ReceivedBody, Uploads, staged_body

# BUD-03: the last one counts. Longer runs of digits are no hash.
_HASH: Final = re.compile(r"(?<![0-9a-f])([0-9a-f]{64})(?![0-9a-f])(?:\.([a-z0-9]{1,10})\b)?")


class _Mirrored(msgspec.Struct, frozen=True, eq=False):
    body: ReceivedBody
    media_type: str | None
    url: str  # where the bytes really came from


class Mirror:
    """Fetches what clients name, within the operator's limits."""

    def __init__(
        self, uploads: Uploads, taker: UploadHandler, fetcher: Fetcher, *, trees: bool
    ) -> None:
        """`trees`: bring with a playlist all that it names."""
        self._uploads = uploads
        self._taker = taker
        self._fetcher = fetcher
        self._trees = trees

    async def mirror(self, scope: Scope, url: str, claim: Claim) -> UploadResponse:
        """Keep what is at a URL for whoever asks; raises as `Fetcher.fetch` and `Uploads.take`.

        What is here already is not fetched again, where the URL says what it is.
        """
        blob_id, extension = _named(url)
        if blob_id is not None and not self._trees and _covers(claim, blob_id):
            upload = await self._uploads.known(blob_id, claim.pubkey)
            if upload is not None:
                return self._taker.answer(scope, upload, is_new=False)
        self._uploads.admit(claim.pubkey, None, None, blob_id)
        async with self._fetched(url) as found:
            _check(found.body.blob_id, blob_id, claim)
            said = found.media_type or _guessed(extension)
            if self._trees:
                await self._bring_named(found, said, claim)
            return await self._taker.take(scope, found.body, said, claim.pubkey)

    @asynccontextmanager
    async def _fetched(self, url: str) -> AsyncIterator[_Mirrored]:
        staged = self._uploads.store.staging()
        most = self._uploads.limits.most_bytes or MOST_BYTES
        try:
            fetched = await self._fetcher.fetch(url, staged, most=most)
            body = await asyncio.to_thread(staged_body, staged, fetched.blob_id, fetched.size)
            yield _Mirrored(body, fetched.media_type, fetched.url)
        finally:
            staged.unlink(missing_ok=True)

    async def _bring_named(self, found: _Mirrored, said: str | None, claim: Claim) -> None:
        staged = found.body.staged
        if staged is None or not (said == PLAYLIST or found.body.head.startswith(b"#EXTM3U")):
            return
        playlist = await asyncio.to_thread(staged.read_bytes)
        scheme, _, rest = found.url.partition("://")
        server = RemoteServer(self._fetcher, f"{scheme}://{rest.partition('/')[0]}")
        await Puller(self._uploads).pull_named(playlist, [server], claim.pubkey)


def _named(url: str) -> tuple[BlobId | None, str | None]:
    """Return hash and extension that a URL ends with (BUD-03)."""
    found = list(_HASH.finditer(url.partition("?")[0]))
    return (BlobId(found[-1][1]), found[-1][2]) if found else (None, None)


def _covers(claim: Claim, blob_id: BlobId) -> bool:
    try:
        claim.check(blob_id)
    except Unauthorized:
        return False
    return True


def _check(blob_id: BlobId, expected: BlobId | None, claim: Claim) -> None:
    """Raise `HashMismatch` for bytes that the token does not name (BUD-04: 409)."""
    unclaimed = claim.token is None and expected not in {None, blob_id}
    if unclaimed or not _covers(claim, blob_id):
        raise HashMismatch(f"the SHA-256 of what is there is {blob_id}")


def _guessed(extension: str | None) -> str | None:
    guessed = type_of(extension or "")
    return None if guessed == DEFAULT_TYPE else guessed

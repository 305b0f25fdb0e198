"""`PUT /mirror` (BUD-04): blobs that this server fetches from a URL."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from litestar import Request, Response, put
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from blobhls.blob import DEFAULT_TYPE, BlobId, type_of
from blobhls.blossom.access import Uploader, caller_of
from blobhls.blossom.asgi import Scope
from blobhls.blossom.descriptors import BlobDescriptor
from blobhls.blossom.disconnect import cancel_on_disconnect
from blobhls.blossom.openapi import MirrorOperation, MirrorRequest, known_blob, refusals
from blobhls.blossom.parameters import AccessDependency, BodyTimeoutsDependency
from blobhls.blossom.writes.request_body import announced_hash, small_body
from blobhls.blossom.writes.upload_handler import UploadHandler, UploadResponse
from blobhls.errors import BadRequest, HashMismatch, Unauthorized
from blobhls.remote import Fetcher, RemoteServer
from blobhls.store.staging import staged_file
from blobhls.transfer.links import PLAYLIST
from blobhls.transfer.puller import MOST_BYTES, Puller
from blobhls.vault import ReceivedBody, Uploads, staged_body

# BUD-03: the last one counts. Longer runs of digits are no hash.
_HASH: Final = re.compile(r"(?<![0-9a-f])([0-9a-f]{64})(?![0-9a-f])(?:\.([a-z0-9]{1,10})\b)?")


_BODY_BYTES: Final = 16 * 1024


class _Mirrored(msgspec.Struct, frozen=True, eq=False):
    body: ReceivedBody
    media_type: str | None
    url: str  # after redirects


class Mirror:
    """Fetches blobs for clients, within the operator's limits."""

    def __init__(
        self, uploads: Uploads, upload_handler: UploadHandler, fetcher: Fetcher, *, trees: bool
    ) -> None:
        """`trees`: with a playlist, all blobs that it names are fetched, too."""
        self._uploads = uploads
        self._upload_handler = upload_handler
        self._fetcher = fetcher
        self._trees = trees

    async def mirror(self, scope: Scope, url: str, uploader: Uploader) -> UploadResponse:
        """Fetch a URL and store the blob for the client.

        A blob that is here is not fetched again, if the URL has its hash. Raises `FetchFailed`,
        `HashMismatch`, `Forbidden`, `TooLarge`, `TypeRefused`, `TooMany` or `StoreFull`.
        """
        blob_id, extension = _named(url)
        if blob_id is not None and not self._trees and _covers(uploader, blob_id):
            upload = await self._uploads.add_owner(blob_id, uploader.pubkey)
            if upload is not None:
                return await self._upload_handler.answer(scope, upload, is_new=False)
        await self._uploads.admit(uploader.pubkey, None, None, blob_id)
        async with self._fetched(url) as found:
            _check(found.body.blob_id, blob_id, uploader)
            said = found.media_type or _guessed(extension)
            if self._trees:
                await self._pull_named(found, said, uploader)
            return await self._upload_handler.store(scope, found.body, said, uploader.pubkey)

    @asynccontextmanager
    async def _fetched(self, url: str) -> AsyncIterator[_Mirrored]:
        most = self._uploads.limits.most_bytes or MOST_BYTES
        async with staged_file(self._uploads.staging) as staged:
            fetched = await self._fetcher.fetch(url, staged, most=most)
            body = await asyncio.to_thread(staged_body, staged, fetched.blob_id, fetched.size)
            yield _Mirrored(body, fetched.media_type, fetched.url)

    async def _pull_named(self, found: _Mirrored, said: str | None, uploader: Uploader) -> None:
        staged = found.body.staged
        if staged is None or not (said == PLAYLIST or found.body.head.startswith(b"#EXTM3U")):
            return
        playlist = await asyncio.to_thread(staged.read_bytes)
        scheme, _, rest = found.url.partition("://")
        server = RemoteServer(self._fetcher, f"{scheme}://{rest.partition('/')[0]}")
        await Puller(self._uploads).pull_named(playlist, [server], uploader.pubkey)


MirrorDependency = NamedDependency[SkipValidation[Mirror]]


@put(
    "/mirror",
    status_code=201,
    request_max_body_size=None,  # our own limit applies, with our own message
    operation_class=MirrorOperation,
    tags=["blossom"],
    summary="Mirror a blob",
    description="Fetches a URL and stores the blob (BUD-04). 200 if it was here.",
    response_description="The blob is stored, and survives a power cut.",
    responses=known_blob() | refusals(400, 401, 402, 403, 408, 409, 413, 415, 429, 502, 503, 507),
)
async def put_mirror(
    request: Request[Any, Any, Any],
    access: AccessDependency,
    mirror: MirrorDependency,
    timeouts: BodyTimeoutsDependency,
) -> Response[BlobDescriptor]:
    """Mirror a blob; cancelled if the client disconnects."""
    wanted = announced_hash(request.headers)
    uploader = access.check_uploader(caller_of(request.scope), "upload", wanted)
    body = await small_body(request.receive, timeouts, _BODY_BYTES)
    try:
        where = msgspec.json.decode(body, type=MirrorRequest)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest(f"body: {error}") from error
    async with cancel_on_disconnect(request.receive):
        kept = await mirror.mirror(request.scope, where.url, uploader)
    return Response(kept.descriptor, status_code=kept.status)


def _named(url: str) -> tuple[BlobId | None, str | None]:
    """Return the last hash in a URL and its extension (BUD-03)."""
    found = list(_HASH.finditer(url.partition("?")[0]))
    return (BlobId(found[-1][1]), found[-1][2]) if found else (None, None)


def _covers(uploader: Uploader, blob_id: BlobId) -> bool:
    try:
        uploader.check(blob_id)
    except Unauthorized:
        return False
    return True


def _check(blob_id: BlobId, expected: BlobId | None, uploader: Uploader) -> None:
    """Raise `HashMismatch` for bytes that the token does not name (BUD-04: 409)."""
    is_other_blob = uploader.token is None and expected not in {None, blob_id}
    if is_other_blob or not _covers(uploader, blob_id):
        raise HashMismatch(f"the SHA-256 of the fetched bytes is {blob_id}")


def _guessed(extension: str | None) -> str | None:
    guessed = type_of(extension or "")
    return None if guessed == DEFAULT_TYPE else guessed


MIRROR_HANDLERS = (put_mirror,)
"""To be mounted at the root; need `access`, `mirror` and `timeouts`."""

"""`GET /list/<pubkey>`, `DELETE /<sha256>` (BUD-12) and `PUT /report` (BUD-09)."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any, Final

from litestar import Request, delete, get, put
from litestar.exceptions import ValidationException
from litestar.params import PathParameter, QueryParameter

from blobhls.blob import BlobId
from blobhls.blossom.access import caller_of
from blobhls.blossom.descriptors import BlobDescriptor, descriptors
from blobhls.blossom.openapi import EventOperation, TokenOperation, refusals
from blobhls.blossom.parameters import (
    AccessDependency,
    BlockListDependency,
    BodyTimeoutsDependency,
    PublicUrlsDependency,
    UploadsDependency,
)
from blobhls.blossom.writes.request_body import small_body
from blobhls.errors import BadRequest
from blobhls.index.ledger.uploads import Report, Span
from blobhls.nostr import Event, InvalidEvent, decode_event, npub, verify

_PUBKEY: Final = re.compile(r"[0-9a-f]{64}")
_BLOB: Final = re.compile(r"([0-9a-f]{64})(?:\.[a-z0-9]+)?")
_REPORT: Final = 1984  # the kind of NIP-56
_REPORT_BYTES: Final = 64 * 1024
_REPORTED: Final = 100  # blobs in one report
_WORDS: Final = 2000  # characters of a report that are kept
_PAGE: Final = 1000  # blobs; the default and the highest `limit`
_END: Final = 1 << 62


@get(
    "/list/{pubkey:str}",
    operation_class=TokenOperation,
    tags=["blossom"],
    summary="List what a key uploaded",
    description="Newest first (BUD-12).",
    response_description="A page of descriptors.",
    responses=refusals(400, 401, 403, 503),
    raises=[ValidationException],
)
async def list_blobs(
    request: Request[Any, Any, Any],
    *,
    pubkey: Annotated[str, PathParameter(description="Public key in lowercase hex.")],
    access: AccessDependency,
    uploads: UploadsDependency,
    public_urls: PublicUrlsDependency,
    cursor: Annotated[
        str | None, QueryParameter(description="SHA-256 of the last blob of the page before.")
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, description="How many at most.")] = _PAGE,
    since: Annotated[
        int, QueryParameter(ge=0, lt=_END, description="Unix time of the oldest.")
    ] = 0,
    until: Annotated[
        int, QueryParameter(ge=0, lt=_END, description="Unix time of the newest.")
    ] = _END - 1,
) -> list[BlobDescriptor]:
    """Return a page of what a key uploaded."""
    if not _PUBKEY.fullmatch(pubkey):
        raise BadRequest("a public key is 64 lowercase hex digits")
    access.check_lister(caller_of(request.scope), pubkey)
    last = None if cursor is None else _blob_id(cursor)
    page = await uploads.page(pubkey, Span(min(limit, _PAGE), last, since, until))
    if page is None:
        raise BadRequest("the cursor is no blob of this key")
    facts = await uploads.facts([upload.info.blob_id for upload in page])
    return descriptors(page, public_urls.base(request.scope), facts)


@delete(
    "/{blob:str}",
    operation_class=TokenOperation,
    tags=["blossom"],
    summary="Delete a blob",
    description="Ends the ownership of the key that signs the token; the bytes are deleted with "
    "the last owner, unless they are part of a video of this server (BUD-12).",
    response_description="The key is no owner any more.",
    responses=refusals(400, 401, 403, 404, 429, 503),
)
async def delete_blob(
    request: Request[Any, Any, Any],
    blob: Annotated[str, PathParameter(description="SHA-256, with or without an extension.")],
    access: AccessDependency,
    uploads: UploadsDependency,
) -> None:
    """Delete one blob, even if the token has several `x` tags."""
    blob_id = _blob_id(blob)
    await uploads.remove(blob_id, access.check_deleter(caller_of(request.scope), blob_id))


@put(
    "/report",
    operation_class=EventOperation,
    tags=["blossom"],
    summary="Report blobs",
    description="A signed NIP-56 event with `x` tags (BUD-09). Stored for the operator; the "
    "report of a trusted key removes and blocks the blobs at once.",
    response_description="The report is stored.",
    responses=refusals(400, 404, 408, 413, 429, 503),
)
async def put_report(
    request: Request[Any, Any, Any],
    access: AccessDependency,
    uploads: UploadsDependency,
    block_list: BlockListDependency,
    timeouts: BodyTimeoutsDependency,
) -> None:
    """Store a report of blobs that are here."""
    access.check_rate(caller_of(request.scope))
    event = _report_event(await small_body(request.receive, timeouts, _REPORT_BYTES))
    reports = _reports(event)
    trusted = access.is_moderator(event.pubkey)
    await uploads.report(reports, everything=trusted)
    if trusted:
        for report in reports:
            reason = f"{report.kind or 'reported'}, says {npub(event.pubkey)}"
            await block_list.block(BlobId(report.blob_id), reason)


def _blob_id(text: str) -> BlobId:
    found = _BLOB.fullmatch(text)
    if found is None:
        raise BadRequest("a blob is named by 64 lowercase hex digits and an optional extension")
    return BlobId(found[1])


def _report_event(body: bytes) -> Event:
    try:
        event = decode_event(body)
        verify(event)
    except InvalidEvent as error:
        raise BadRequest(str(error)) from error
    if event.kind != _REPORT:
        raise BadRequest(f"a report is an event of kind {_REPORT}, not {event.kind}")
    return event


def _reports(event: Event) -> list[Report]:
    """Return a report for each blob that an event names; raises `BadRequest` for none."""
    named = {
        tag[1]: tag[2] if len(tag) > 2 else ""
        for tag in event.tags
        if len(tag) > 1 and tag[0] == "x" and _PUBKEY.fullmatch(tag[1])
    }
    if not 1 <= len(named) <= _REPORTED:
        raise BadRequest(f"a report names 1 to {_REPORTED} blobs by x tags")
    now = int(time.time())
    return [
        Report(event.id, blob_id, event.pubkey, kind[:_WORDS], event.content[:_WORDS], now)
        for blob_id, kind in named.items()
    ]


OWNERSHIP_HANDLERS = (list_blobs, delete_blob, put_report)
"""To be mounted at the root; need `access`, `uploads`, `block_list`, `public_urls` and
`timeouts`."""

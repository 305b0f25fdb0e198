"""`PUT` and `HEAD /upload` (BUD-02, BUD-06)."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, head, put

from blobhls.blossom.access import caller_of
from blobhls.blossom.bodies import announced, announced_ahead, chunks
from blobhls.blossom.descriptors import Descriptor
from blobhls.blossom.openapi import AheadOperation, BytesOperation, refusals
from blobhls.blossom.parameters import (
    AccessDependency,
    PaceDependency,
    TakerDependency,
    UploadsDependency,
)
from blobhls.errors import HashMismatch
from blobhls.vault import received


@put(
    "/upload",
    status_code=201,
    request_max_body_size=None,  # the operator's limit holds, and is told in our words
    operation_class=BytesOperation,
    tags=["blossom"],
    summary="Upload a blob",
    description="The body is kept as it is, under its SHA-256 (BUD-02). 200 if it was here.",
    response_description="The blob is kept, and survives a power cut.",
    responses=refusals(400, 401, 402, 403, 408, 409, 413, 415, 429, 507),
)
async def put_upload(
    request: Request[Any, Any, Any],
    access: AccessDependency,
    uploads: UploadsDependency,
    taker: TakerDependency,
    pace: PaceDependency,
) -> Response[Descriptor]:
    """Keep a body; all that can be refused by headers is refused before it is read."""
    said = announced(request.headers)
    claim = access.uploader(caller_of(request.scope), "upload", said.blob_id)
    uploads.admit(claim.pubkey, said.size, said.media_type, said.blob_id)
    most = uploads.limits.most_bytes
    async with received(chunks(request.receive, pace), uploads.store, most) as body:
        if said.blob_id not in {None, body.blob_id}:
            raise HashMismatch(f"the body's SHA-256 is {body.blob_id}")
        claim.check(body.blob_id)
        return await taker.take(request.scope, body, said.media_type, claim.pubkey)


@head(
    "/upload",
    operation_class=AheadOperation,
    tags=["blossom"],
    summary="Ask whether an upload would be taken",
    description="`X-Reason` says why not (BUD-06).",
    response_description="It would be taken.",
    responses=refusals(400, 401, 402, 403, 411, 413, 415, 429, 507),
)
async def head_upload(
    request: Request[Any, Any, Any], access: AccessDependency, uploads: UploadsDependency
) -> None:
    """Refuse what `PUT` would refuse."""
    said = announced_ahead(request.headers)
    claim = access.uploader(caller_of(request.scope), "upload", said.blob_id)
    uploads.admit(claim.pubkey, said.size, said.media_type, said.blob_id)


UPLOAD_HANDLERS = (put_upload, head_upload)
"""To be mounted at the root; need `access`, `uploads`, `taker` and `pace`."""

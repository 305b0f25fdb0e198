"""`PUT` and `HEAD /media` (BUD-05): what is sent is made fit for distribution."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, head, put

from blobhls.blossom.access import caller_of
from blobhls.blossom.descriptors import Descriptor
from blobhls.blossom.disconnect import while_connected
from blobhls.blossom.openapi import AheadOperation, BytesOperation, known_blob, refusals
from blobhls.blossom.parameters import (
    AccessDependency,
    MediaDependency,
    PaceDependency,
    UploadsDependency,
)
from blobhls.blossom.writes.request_body import announced, announced_ahead, chunks
from blobhls.vault import received


@put(
    "/media",
    status_code=201,
    request_max_body_size=None,  # the operator's limit holds, and is told in our words
    operation_class=BytesOperation,
    tags=["blossom"],
    summary="Optimise a picture or a video",
    description="A JPEG, PNG or WebP picture becomes a smaller one without metadata; a video an "
    "HLS tree, whose root playlist is described (BUD-05). The original is not kept.",
    response_description="What came out is kept.",
    responses=known_blob() | refusals(400, 401, 402, 403, 408, 409, 413, 415, 422, 429, 503, 507),
)
async def put_media(
    request: Request[Any, Any, Any],
    access: AccessDependency,
    uploads: UploadsDependency,
    media: MediaDependency,
    pace: PaceDependency,
) -> Response[Descriptor]:
    """Optimise for as long as the client waits for it."""
    said = announced(request.headers)
    claim = access.uploader(caller_of(request.scope), "media", said.blob_id)
    media.admit(claim.pubkey, said)
    most = uploads.limits.most_bytes
    async with received(chunks(request.receive, pace), uploads.store, most) as body:
        claim.check(body.blob_id, said.blob_id)
        async with while_connected(request.receive):
            kept = await media.optimise(request.scope, body, said.media_type, claim.pubkey)
    return Response(kept.descriptor, status_code=kept.status)


@head(
    "/media",
    operation_class=AheadOperation,
    tags=["blossom"],
    summary="Ask whether a file would be optimised",
    description="`X-Reason` says why not (BUD-05).",
    response_description="It would be taken.",
    responses=refusals(400, 401, 402, 403, 411, 413, 415, 429, 507),
)
async def head_media(
    request: Request[Any, Any, Any], access: AccessDependency, media: MediaDependency
) -> None:
    """Refuse what `PUT` would refuse."""
    said = announced_ahead(request.headers)
    claim = access.uploader(caller_of(request.scope), "media", said.blob_id)
    media.admit(claim.pubkey, said)


MEDIA_HANDLERS = (put_media, head_media)
"""To be mounted at the root; need `access`, `uploads`, `media` and `pace`."""

"""`PUT /mirror` (BUD-04)."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, put

from blobhls.blossom.access import caller_of
from blobhls.blossom.descriptors import Descriptor
from blobhls.blossom.disconnect import while_connected
from blobhls.blossom.openapi import MirrorOperation, Where, known_blob, refusals
from blobhls.blossom.parameters import AccessDependency, MirrorDependency, PaceDependency
from blobhls.blossom.writes.request_body import announced_hash, small_body
from blobhls.errors import BadRequest

_BODY_BYTES: Final = 16 * 1024


@put(
    "/mirror",
    status_code=201,
    request_max_body_size=None,  # our own limit is told in our words
    operation_class=MirrorOperation,
    tags=["blossom"],
    summary="Mirror a blob",
    description="Fetches a URL and keeps what is there (BUD-04). 200 if it was here.",
    response_description="The blob is kept, and survives a power cut.",
    responses=known_blob() | refusals(400, 401, 402, 403, 408, 409, 413, 415, 429, 502, 507),
)
async def put_mirror(
    request: Request[Any, Any, Any],
    access: AccessDependency,
    mirror: MirrorDependency,
    pace: PaceDependency,
) -> Response[Descriptor]:
    """Mirror for as long as the client waits for it."""
    wanted = announced_hash(request.headers)
    claim = access.uploader(caller_of(request.scope), "upload", wanted)
    body = await small_body(request.receive, pace, _BODY_BYTES)
    try:
        where = msgspec.json.decode(body, type=Where)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest(f"body: {error}") from error
    async with while_connected(request.receive):
        kept = await mirror.mirror(request.scope, where.url, claim)
    return Response(kept.descriptor, status_code=kept.status)


MIRROR_HANDLERS = (put_mirror,)
"""To be mounted at the root; need `access`, `mirror` and `pace`."""

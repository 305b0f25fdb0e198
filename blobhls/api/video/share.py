"""Links to a sealed video, and its event."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import ValidationException
from litestar.openapi.datastructures import ResponseSpec

from blobhls.api.errors import OPENING_RAISES
from blobhls.api.parameters import (
    PlansDependency,
    PublicUrlsDependency,
    SealerDependency,
    SharingDependency,
    VideoIdParameter,
)
from blobhls.api.video.seals import being_sealed
from blobhls.api.video.video_values import SealValue, playlist_url
from blobhls.transfer.share import EventTemplate, video_event


class ShareValue(msgspec.Struct, frozen=True):
    """Links to a sealed video, and the event that announces it."""

    sha256: str  # of the root playlist
    url: str
    uri: str  # `blossom:<sha256>.m3u8?xs=…` (BUD-10)
    event: EventTemplate  # NIP-71, unsigned


@get(
    "/video/{video_id:str}/share",
    tags=["sealing"],
    summary="Get links to a video",
    description="The `blossom:` URI of its root (BUD-10), the plain URL, and an unsigned video "
    "event (NIP-71). The first request starts sealing: 202 with the progress until there is "
    "a root.",
    response_description="Links and event.",
    responses={202: ResponseSpec(SealValue, description="Being sealed.")},
    raises=[ValidationException, *OPENING_RAISES],
)
async def get_share(
    *,
    request: Request[Any, Any, Any],
    video_id: VideoIdParameter,
    plans: PlansDependency,
    sealer: SealerDependency,
    sharing: SharingDependency,
    public_urls: PublicUrlsDependency,
) -> Response[ShareValue | SealValue]:
    """Return the links and the event, with this server as the source."""
    base = public_urls.base(request.scope)
    planned = await plans.open(video_id)
    share = await sharing.share(planned)
    if share is None:
        return being_sealed(planned, sealer)
    root = share.root.blob_id
    event = video_event(share, [base], int(time.time()))
    return Response(ShareValue(root, base + playlist_url(root), str(share.uri([base])), event))


SHARE_HANDLERS = (get_share,)
"""To be mounted at `/api/v1`; need `plans`, `sealer`, `sharing` and `public_urls`."""

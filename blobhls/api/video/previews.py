"""`/api/v1/video/<id>/previews.vtt`: small images over the seek bar."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import SkipValidation

from blobhls.api.errors import OPENING_RAISES
from blobhls.api.parameters import PlansDependency, VideoIdParameter
from blobhls.blob import type_of
from blobhls.resolver import Previewer, PreviewProgress

_VTT: Final = type_of("vtt")
_NAMES: Final = re.compile(r"(?m)^(?=[0-9a-f]{64}\.jpg#)")
_SOON: Final = 2  # seconds until the client should ask again

PreviewerDependency = NamedDependency[SkipValidation[Previewer]]


class PreviewProgressValue(msgspec.Struct, frozen=True):
    """Progress of rendering the previews of a video."""

    done: int  # sheets
    total: int


@get(
    "/video/{video_id:str}/previews.vtt",
    media_type=_VTT,
    tags=["playing"],
    summary="Get previews",
    description="WebVTT whose cues name a sheet and a place on it, `/<sha256>.jpg#xywh=x,y,w,h` "
    "(Media Fragments 1.0). The first request starts rendering: 202 until they are there. 404 for "
    "audio alone.",
    response_description="WebVTT; every moment of the video has a cue.",
    responses={
        202: ResponseSpec(PreviewProgressValue, description="Being made; `Retry-After` says when.")
    },
    raises=OPENING_RAISES,
)
async def get_previews(
    video_id: VideoIdParameter, plans: PlansDependency, previewer: PreviewerDependency
) -> Response[str | PreviewProgressValue]:
    """Return the previews of a video, or their progress."""
    found = await previewer.get(await plans.get(video_id))
    if isinstance(found, PreviewProgress):
        return Response(
            PreviewProgressValue(found.done, found.total),
            status_code=202,
            media_type=MediaType.JSON,
            headers={"Retry-After": str(_SOON), "Cache-Control": "no-store"},
        )
    # In the blob, names are relative to the blob; here they must be absolute.
    return Response(_NAMES.sub("/", found), media_type=_VTT, headers={"Cache-Control": "no-cache"})


PREVIEW_HANDLERS = (get_previews,)
"""To be mounted at `/api/v1`; need `plans` and `previewer`."""

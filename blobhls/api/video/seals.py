"""Roots and sealing of videos."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.exceptions import ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, RawBody

from blobhls.api.bodies import BodyOperation, decode_body
from blobhls.api.catalogue.show_values import video_index
from blobhls.api.errors import OPENING_RAISES
from blobhls.api.parameters import (
    CatalogueDependency,
    IndexDependency,
    PlansDependency,
    SealerDependency,
    VideoIdParameter,
)
from blobhls.api.video.video_values import EpisodeRoot, RootValue, SealValue, root_value, seal_value
from blobhls.resolver import PlannedVideo, Sealer

_BODY_LIMIT: Final = 16 * 1024  # bytes
_MOST: Final = 200  # renditions
_NAMES: Final = "Names of renditions; none: the source's video, audio and subtitles."


class SealRequest(msgspec.Struct, frozen=True):
    """The body of a request to seal."""

    renditions: Annotated[list[str], msgspec.Meta(max_length=_MOST, description=_NAMES)] = []


class SealOperation(BodyOperation):
    """The OpenAPI description of `SealRequest`."""

    body = SealRequest


@get(
    "/video/{video_id:str}/root",
    tags=["sealing"],
    summary="Resolve a video to its root",
    description="The master playlist blob of a video. The first request starts sealing: 202 with "
    "the progress until there is one.",
    response_description="The root.",
    responses={202: ResponseSpec(SealValue, description="Being sealed.")},
    raises=OPENING_RAISES,
)
async def get_root(
    video_id: VideoIdParameter, plans: PlansDependency, sealer: SealerDependency
) -> Response[RootValue | SealValue]:
    """Return the newest root, or the progress of sealing."""
    planned = await plans.open(video_id)
    found = await _root(planned, sealer)
    return being_sealed(planned, sealer) if found is None else Response(found)


@post(
    "/video/{video_id:str}/seal",
    status_code=202,
    request_max_body_size=_BODY_LIMIT,
    operation_class=SealOperation,
    tags=["sealing"],
    summary="Seal renditions",
    description="Binds every segment of the renditions named and writes a new root.",
    response_description="Sealing has begun.",
    raises=[ValidationException, *OPENING_RAISES],
)
async def post_seal(
    video_id: VideoIdParameter,
    body: RawBody,
    plans: PlansDependency,
    sealer: SealerDependency,
) -> SealValue:
    """Start to seal; 404 for an unknown rendition."""
    wanted = decode_body(body or b"{}", SealRequest)
    planned = await plans.open(video_id)
    return seal_value(sealer.start(planned, wanted.renditions), sealed=False)


@get(
    "/video/{video_id:str}/seal",
    tags=["sealing"],
    summary="Get the progress of sealing",
    response_description="The progress.",
    raises=OPENING_RAISES,
)
async def get_seal(
    video_id: VideoIdParameter, plans: PlansDependency, sealer: SealerDependency
) -> SealValue:
    """Return the progress or outcome of sealing."""
    planned = await plans.open(video_id)
    return seal_value(sealer.progress(video_id), sealed=await sealer.root(planned) is not None)


@get(
    "/shows/{show_id:str}/roots",
    tags=["sealing"],
    summary="List the roots of a show",
    description="Every episode with its root, or its state. Starts nothing.",
    response_description="Episodes in order; one for a movie.",
    raises=OPENING_RAISES,
)
async def list_roots(
    show_id: Annotated[str, PathParameter(description="Id of a show.")],
    index: IndexDependency,
    catalogue: CatalogueDependency,
    plans: PlansDependency,
    sealer: SealerDependency,
) -> list[EpisodeRoot]:
    """Return every video of a show with its root; videos without a plan have none."""
    episodes = []
    for video in (await index.read(catalogue.show, show_id)).videos:
        planned = await plans.existing(video)
        root = None if planned is None else await _root(planned, sealer)
        seal = seal_value(sealer.progress(video.video_id), sealed=root is not None)
        episodes.append(EpisodeRoot(video.video_id, video_index(video), video.title, root, seal))
    return episodes


def being_sealed(planned: PlannedVideo, sealer: Sealer) -> Response[Any]:
    """Start to seal a video without root, unless that failed; return 202 with the progress."""
    sealing = sealer.progress(planned.video.video_id)
    if sealing is None or sealing.state != "failed":
        sealing = sealer.start(planned)
    return Response(seal_value(sealing, sealed=False), status_code=202)


async def _root(planned: PlannedVideo, sealer: Sealer) -> RootValue | None:
    root = await sealer.root(planned)
    if root is None:
        return None
    seals, roots = await sealer.seals(planned), await sealer.roots(planned)
    return root_value(root, seals, roots, planned.plan)


SEAL_HANDLERS = (get_root, post_seal, get_seal, list_roots)
"""To be mounted at `/api/v1`; need `plans`, `sealer`, `catalogue` and `index`."""

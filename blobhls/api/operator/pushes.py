"""`/api/v1/…/push`: pushes titles to other Blossom servers, in the background."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import (
    PermissionDeniedException,
    TooManyRequestsException,
    ValidationException,
)
from litestar.params import QueryParameter, RawBody, SkipValidation

from blobhls.api.bodies import BodyOperation, decode_body
from blobhls.api.errors import OPENING_RAISES
from blobhls.api.operator.push_values import PushListValue, PushValue, push_value
from blobhls.api.parameters import PlansDependency, VideoIdParameter
from blobhls.nostr import npub
from blobhls.transfer.push_tasks import PushTasks

_BODY_LIMIT: Final = 16 * 1024  # bytes
_MOST: Final = 200  # renditions
_SERVER: Final = "`https://cdn.example.com`, or a host alone."
_NAMES: Final = "Sealed first if needed; none: all that are sealed."

PushesDependency = NamedDependency[SkipValidation[PushTasks]]
ServerParameter = Annotated[
    str | None, QueryParameter(description="Scheme and host; without it, all servers.")
]


class PushRequest(msgspec.Struct, frozen=True):
    """The body of a push."""

    server: Annotated[str, msgspec.Meta(description=_SERVER)]
    renditions: Annotated[list[str], msgspec.Meta(max_length=_MOST, description=_NAMES)] = []


class PushOperation(BodyOperation):
    """The OpenAPI description of `PushRequest`."""

    body = PushRequest


@post(
    "/video/{video_id:str}/push",
    status_code=202,
    request_max_body_size=_BODY_LIMIT,
    operation_class=PushOperation,
    tags=["pushing"],
    summary="Push a video to another server",
    description="Seals the renditions, sends the blobs that the other server lacks, and checks "
    "that it has them; signed with the operator's key. A title is pushed to one server after the "
    "other; a running push to the same server is joined. Addresses in a home network need "
    "`private_addresses`.",
    response_description="The push has begun, or waits.",
    raises=[
        ValidationException,
        PermissionDeniedException,
        TooManyRequestsException,
        *OPENING_RAISES,
    ],
)
async def post_push(
    video_id: VideoIdParameter, body: RawBody, plans: PlansDependency, pushes: PushesDependency
) -> PushValue:
    """Start a push; 403 without key, 404 for an unknown rendition."""
    target = decode_body(body, PushRequest)
    planned = await plans.open(video_id)
    return push_value(pushes.start(planned, target.server, target.renditions))


@get(
    "/video/{video_id:str}/push",
    sync_to_thread=False,
    tags=["pushing"],
    summary="Get the progress of pushing a video",
    description="One item for each server, running pushes first. Outcomes are kept until the "
    "server ends.",
    response_description="Progress or outcome of each push.",
)
def get_push(video_id: VideoIdParameter, pushes: PushesDependency) -> list[PushValue]:
    """Return the pushes of a video."""
    return [push_value(push) for push in pushes.all(video_id)]


@delete(
    "/video/{video_id:str}/push",
    tags=["pushing"],
    summary="Stop pushing a video",
    description="Blobs that were sent stay on the other server: another push continues from there. "
    "No running push is not an error.",
    response_description="No push is running.",
    raises=[ValidationException],
)
async def delete_push(
    video_id: VideoIdParameter, pushes: PushesDependency, server: ServerParameter = None
) -> None:
    """Cancel the pushes of a video, or the one to `server`."""
    await pushes.cancel(video_id, server)


@get(
    "/pushes",
    sync_to_thread=False,
    tags=["pushing"],
    summary="List all pushes",
    description="Running pushes first, then those that ended last.",
    response_description="The key that signs, and every push.",
)
def list_pushes(pushes: PushesDependency) -> PushListValue:
    """Return all pushes, and the key that signs."""
    signer = None if pushes.pubkey is None else npub(pushes.pubkey)
    return PushListValue(signer, [push_value(push) for push in pushes.all()])


PUSH_HANDLERS = (post_push, get_push, delete_push, list_pushes)
"""To be mounted at `/api/v1`; need `plans` and `pushes`."""

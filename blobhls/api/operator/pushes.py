"""`/api/v1/…/push`: titles to other Blossom servers, beside everything else."""

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
_NAMES: Final = "To be sealed first if they are not; none: whatever is sealed."

PushesDependency = NamedDependency[SkipValidation[PushTasks]]
ServerParameter = Annotated[
    str | None, QueryParameter(description="Scheme and host; without it, all servers.")
]


class PushRequest(msgspec.Struct, frozen=True):
    """Where a title is to go."""

    server: Annotated[str, msgspec.Meta(description=_SERVER)]
    renditions: Annotated[list[str], msgspec.Meta(max_length=_MOST, description=_NAMES)] = []


class PushOperation(BodyOperation):
    """How OpenAPI describes `PushRequest`."""

    body = PushRequest


@post(
    "/video/{video_id:str}/push",
    status_code=202,
    request_max_body_size=_BODY_LIMIT,
    operation_class=PushOperation,
    tags=["pushing"],
    summary="Push a video to another server",
    description="Seals what is not sealed, sends what is not there, and sees that it is; signed "
    "with the operator's key. One server after the other for each title; a push to the same "
    "server that goes on is joined. Addresses in a home network only with `private_addresses`.",
    response_description="Pushing has begun, or waits for its turn.",
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
    """Begin to push; 403 without key, 404 for a rendition that the video has not."""
    target = decode_body(body, PushRequest)
    planned = await plans.open(video_id)
    return push_value(pushes.start(planned, target.server, target.renditions))


@get(
    "/video/{video_id:str}/push",
    sync_to_thread=False,
    tags=["pushing"],
    summary="Get the progress of pushing a video",
    description="One item for each server, those that go on first. Outcomes are remembered until "
    "the server ends.",
    response_description="How far each is, or how it ended.",
)
def get_push(video_id: VideoIdParameter, pushes: PushesDependency) -> list[PushValue]:
    """Return the pushes of a video."""
    return [push_value(push) for push in pushes.all(video_id)]


@delete(
    "/video/{video_id:str}/push",
    tags=["pushing"],
    summary="Stop pushing a video",
    description="What has come stays on the other server: another push goes on from there. "
    "None under way is not an error.",
    response_description="It is over.",
    raises=[ValidationException],
)
async def delete_push(
    video_id: VideoIdParameter, pushes: PushesDependency, server: ServerParameter = None
) -> None:
    """End the pushes of a video, or the one to one server."""
    await pushes.cancel(video_id, server)


@get(
    "/pushes",
    sync_to_thread=False,
    tags=["pushing"],
    summary="List all pushes",
    description="Those that go on first, then those that ended last.",
    response_description="Who signs, and every push.",
)
def list_pushes(pushes: PushesDependency) -> PushListValue:
    """Return all pushes, and the key that signs."""
    signer = None if pushes.pubkey is None else npub(pushes.pubkey)
    return PushListValue(signer, [push_value(push) for push in pushes.all()])


PUSH_HANDLERS = (post_push, get_push, delete_push, list_pushes)
"""To be mounted at `/api/v1`; need `plans` and `pushes`."""

"""PushTasks as JSON."""

from __future__ import annotations

import msgspec

from blobhls.transfer.push_tasks import Push, PushState


class PushValue(msgspec.Struct, frozen=True):
    """A push of one title to one server, or its outcome."""

    id: str  # of the video
    title: str  # of a series: with the episode's number and title
    server: str  # scheme and host
    state: PushState
    done: int  # segments while it is sealed, blobs while it is sent
    total: int
    uploaded: int  # blobs that this server sent
    mirrored: int  # blobs that the other server fetched from here; it had the rest
    bytes: int  # of both
    problem: str | None  # why it failed, for a person
    url: str | None  # where it plays, once all blobs are there
    uri: str | None  # `blossom:<sha256>.m3u8?xs=…&as=…` (BUD-10)


class PushListValue(msgspec.Struct, frozen=True):
    """All pushes, and the key that signs them."""

    signer: str | None  # npub of the key that signs; null: no key, so pushing is not possible
    pushes: list[PushValue]


def push_value(push: Push) -> PushValue:
    """Return a push as JSON."""
    pushed = push.pushed
    return PushValue(
        id=push.video_id,
        title=push.title,
        server=push.server,
        state=push.state,
        done=push.done,
        total=push.total,
        uploaded=0 if pushed is None else pushed.uploaded,
        mirrored=0 if pushed is None else pushed.mirrored,
        bytes=0 if pushed is None else pushed.bytes,
        problem=push.problem,
        url=push.url,
        uri=None if push.uri is None else str(push.uri),
    )

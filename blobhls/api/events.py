"""`/api/v1/events`: changes as they happen (server-sent events, HTML §9.2)."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter, SkipValidation
from litestar.types import ASGIApp, Receive, Scope, Send

from blobhls.api.broadcast import Broadcaster

_HEARTBEAT: Final = 15  # seconds; proxies close connections that are idle for a minute
_RETRY: Final = 3000  # milliseconds until a disconnected client reconnects
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # otherwise nginx buffers events
]
HEAD: Final = "blobhls.head"
"""Key of the ASGI scope: the response is to a `HEAD`, so its body is dropped."""

BroadcasterDependency = NamedDependency[SkipValidation[Broadcaster]]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="Id of the last event that the client got."),
]
After = Annotated[
    str | None,
    QueryParameter(description="The same, for a client that opens a new stream."),
]


@get(
    "/events",
    media_type="text/event-stream",
    tags=["live"],
    summary="Follow changes",
    description="Server-sent events: `library` (shows added, changed, removed), `scan` (the state "
    "of scanning), `seal` and `push` (how far sealing and pushing are), `previews` (a video "
    "has some now), and `reset`: something was missed, fetch anew. Data is JSON.",
    response_description="A stream that ends when the server does, or when the client is too slow.",
)
async def get_events(
    broadcaster: BroadcasterDependency, last_event_id: LastEventId = None, after: After = None
) -> ASGIApp:
    """Return a stream of events."""

    async def stream(scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        if not scope.get(HEAD):
            # The header is newer: the browser itself reconnected to a stream with `after`.
            await _follow(broadcaster, last_event_id or after, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return stream


async def _follow(broadcaster: Broadcaster, last_id: str | None, send: Send) -> None:
    """Send events until the listener is over. The caller cancels it on disconnect."""

    async def write(body: bytes) -> None:
        await send({"type": "http.response.body", "body": body, "more_body": True})

    with broadcaster.listening(last_id) as listener:
        await write(b"retry: %d\n\n" % _RETRY)
        while True:
            # Queued events are sent even at the end; without any, a comment keeps the stream alive.
            events = await listener.wait(_HEARTBEAT)
            if events or not listener.is_over:
                await write(events or b":\n\n")
            if listener.is_over:
                return


EVENT_HANDLERS = (get_events,)
"""To be mounted at `/api/v1`; need `broadcaster`."""

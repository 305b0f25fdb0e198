"""Cancels the work of a request when its client disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from blobhls.blossom.asgi import Receive


class ClientDisconnected(Exception):
    """The client closed the connection, so no response can be sent."""


@asynccontextmanager
async def cancel_on_disconnect(receive: Receive) -> AsyncIterator[None]:
    """Run the body; it is cancelled at its next await when the client disconnects.

    Raises `ClientDisconnected` then. The body must reach an await that suspends now and then:
    uvicorn silently drops messages to a disconnected client. The request's own body is read and
    discarded.
    """
    request = asyncio.current_task()
    disconnected = False

    async def watch() -> None:
        nonlocal disconnected
        while (await receive())["type"] != "http.disconnect":
            pass
        disconnected = True
        if request is not None:
            request.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError as error:
        if not disconnected or (request is not None and request.uncancel() > 0):
            raise  # the server is stopping: this cancellation must not be swallowed
        raise ClientDisconnected from error
    finally:
        watcher.cancel()

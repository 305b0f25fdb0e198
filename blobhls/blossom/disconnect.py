"""Work that ends when the client who asked for it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from blobhls.blossom.asgi import Receive


class ClientDisconnected(Exception):
    """The client closed the connection; nothing can be sent any more."""


@asynccontextmanager
async def cancel_on_disconnect(receive: Receive) -> AsyncIterator[None]:
    """Run the body; it is cancelled at its next await when the client disconnects.

    Raises `ClientDisconnected` then. The body must reach an await that truly waits now and then:
    uvicorn silently drops what is sent to a client that disconnected. The request's own body is
    read and thrown away.
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
            raise  # the server is stopping: that is not ours to swallow
        raise ClientDisconnected from error
    finally:
        watcher.cancel()

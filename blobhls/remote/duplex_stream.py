"""A connection that reads the response while the request is still being sent.

Servers may refuse an upload by its headers: they answer `413` or `429` at once, then stop reading
or close the connection. A client that first sends everything runs into a stalled or reset
connection, and never gets the reason.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Final

import httpcore

_LONG_WRITE: Final = 64 * 1024  # bytes; shorter writes leave at once
_READ_SIZE: Final = 64 * 1024  # bytes read at once
_INTERIM: Final = b"HTTP/1.1 1"  # 100 and the like: the final response is still to come


class DuplexStream(httpcore.AsyncNetworkStream):
    """A stream whose long writes end with `httpcore.WriteError` once the server responds.

    `httpcore` takes that for a server that stopped reading, and goes on to read the response.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._reading: asyncio.Task[bytes] | None = None

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
    ) -> bytes:
        """Return the next bytes, beginning with those received while writing."""
        reading = self._reading
        if reading is None:
            return await self._stream.read(max_bytes, timeout)
        await asyncio.wait({reading}, timeout=timeout)
        if not reading.done():
            raise httpcore.ReadTimeout
        self._reading = None
        return reading.result()

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
    ) -> None:
        """Send all bytes, unless the server responds before they have left."""
        if len(buffer) < _LONG_WRITE and self._reading is None:
            await self._stream.write(buffer, timeout)
            return
        reading = self._start_reading()
        sending = asyncio.create_task(self._stream.write(buffer, timeout))
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            if _has_responded(reading):
                raise httpcore.WriteError("the server responded before everything was sent")
            await sending
        finally:
            await _end(sending)

    async def aclose(self) -> None:
        """Close the connection and stop reading."""
        if self._reading is not None:
            await _end(self._reading)
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
    ) -> httpcore.AsyncNetworkStream:
        """Return the same connection within TLS, also as a `DuplexStream`."""
        return DuplexStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the interface of httpcore
        """Return information about the underlying connection."""
        return self._stream.get_extra_info(info)

    def _start_reading(self) -> asyncio.Task[bytes]:
        if self._reading is None:
            self._reading = asyncio.create_task(self._stream.read(_READ_SIZE, None))
        return self._reading


def _has_responded(reading: asyncio.Task[bytes]) -> bool:
    """Say whether the server responded finally, or closed its side, during the request."""
    if not reading.done():
        return False
    return reading.exception() is not None or not reading.result().startswith(_INTERIM)


async def _end(task: asyncio.Task[Any]) -> None:
    """Wait until a task has ended, cancelled if necessary; its error is ignored."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.exception()

"""A connection on which an answer is heard while the request is still being sent.

Servers refuse an upload by its headers: they answer `413` or `429` at once, and read no further
or hang up. Whoever goes on sending first meets a connection that is stuck or reset, and never
learns why.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Final

import httpcore

_LONG: Final = 64 * 1024  # bytes; less than this leaves at once, whoever listens
_READ: Final = 64 * 1024  # bytes listened for
_INTERIM: Final = b"HTTP/1.1 1"  # 100 and its like: the answer proper is still to come


class DuplexStream(httpcore.AsyncNetworkStream):
    """A stream whose long writes end with `httpcore.WriteError` as soon as the server speaks.

    `httpcore` takes that for a server that reads no further, and goes on to the answer.
    """

    def __init__(self, plain: httpcore.AsyncNetworkStream) -> None:
        self._plain = plain
        self._listening: asyncio.Task[bytes] | None = None

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
    ) -> bytes:
        """Return the next bytes, those first that were heard while writing."""
        listening = self._listening
        if listening is None:
            return await self._plain.read(max_bytes, timeout)
        await asyncio.wait({listening}, timeout=timeout)
        if not listening.done():
            raise httpcore.ReadTimeout
        self._listening = None
        return listening.result()

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
    ) -> None:
        """Send all bytes, unless the server answers before they have left."""
        if len(buffer) < _LONG and self._listening is None:
            await self._plain.write(buffer, timeout)
            return
        listening = self._listen()
        sending = asyncio.create_task(self._plain.write(buffer, timeout))
        try:
            await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
            if _has_answered(listening):
                raise httpcore.WriteError("answered before everything was sent")
            await sending
        finally:
            await _end(sending)

    async def aclose(self) -> None:
        """Close the connection, and listen no more."""
        if self._listening is not None:
            await _end(self._listening)
        await self._plain.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
    ) -> httpcore.AsyncNetworkStream:
        """Return the same connection within TLS, as attentive as this one."""
        return DuplexStream(await self._plain.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the interface of httpcore
        """Return what is known of the connection underneath."""
        return self._plain.get_extra_info(info)

    def _listen(self) -> asyncio.Task[bytes]:
        if self._listening is None:
            self._listening = asyncio.create_task(self._plain.read(_READ, None))
        return self._listening


def _has_answered(listening: asyncio.Task[bytes]) -> bool:
    """Say whether the server spoke, or ended its side, before it had heard everything."""
    if not listening.done():
        return False
    return listening.exception() is not None or not listening.result().startswith(_INTERIM)


async def _end(task: asyncio.Task[Any]) -> None:
    """See that a task has ended, by itself or not; its failure is told to nobody any more."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.exception()

"""What is written in one turn of the event loop leaves in one system call and one packet.

uvicorn writes head and body of a response one after the other, and uvloop hands each to the
system at once. For a small blob the second call, and the second time that the client is woken,
took a fifth of all there is to do.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST: Final = 16 * 1024  # bytes; more than this is not worth holding back


class GatheringProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol over a transport that gathers small writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a new connection."""
        super().connection_made(GatheringTransport(transport, self.loop))


class GatheringTransport(asyncio.Transport):
    """A transport that holds back small writes until the event loop's next turn.

    Order is kept, nothing is held back for longer, and `close` sends what is held before it
    closes. Pausing and resuming the protocol stays with the transport behind it.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[bytes | bytearray | memoryview] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`, which must not change any more, now or in a moment."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self._flush()

    def _flush(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held and not self._transport.is_closing():
            self._transport.writelines(held)

    def close(self) -> None:
        """Send what is held and then close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close now; what is held is lost."""
        self._held, self._size = [], 0
        self._transport.abort()

    def is_closing(self) -> bool:
        """Say whether it is closed or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as asyncio
        """Return what is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Have the protocol receive nothing for a while."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Have the protocol receive again."""
        self._transport.resume_reading()

"""Write coalescing: the writes of one turn of the event loop are one system call and one packet.

uvicorn writes head and body of a response one after the other, and uvloop passes each to the
system at once. For a small blob the second call, and waking the client a second time, took a fifth
of the total time.

Also a lingering close, which lets the client read the last response.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST: Final = 16 * 1024  # bytes; larger writes are sent at once


class CoalescingProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol over a transport that coalesces small writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a new connection."""
        super().connection_made(self.wrapped(transport))

    def wrapped(self, transport: asyncio.Transport) -> CoalescingTransport:
        """Return the transport for responses."""
        return CoalescingTransport(transport, self.loop)


class CoalescingTransport(asyncio.Transport):
    """A transport that holds small writes until the event loop's next turn.

    The order is kept, and `close` sends held bytes before it closes. The transport behind pauses
    and resumes the protocol.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[bytes | bytearray | memoryview] = []
        self._size = 0
        self._sent = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data` now or in the next turn; it must not change any more."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self._flush()

    def _flush(self) -> None:
        held, size, self._held, self._size = self._held, self._size, [], 0
        if held and not self._transport.is_closing():
            self._sent += size
            self._transport.writelines(held)

    def close(self) -> None:
        """Send held bytes and then close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close now; held bytes are lost."""
        self._held, self._size = [], 0
        self._transport.abort()

    def is_closing(self) -> bool:
        """Say whether it is closed or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as asyncio
        """Return information about the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Pause receiving."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Resume receiving."""
        self._transport.resume_reading()


class LingeringTransport(CoalescingTransport):
    """A coalescing transport that can stop reading, and closes with a linger.

    A socket that is closed while its client still sends causes a reset, which discards what the
    client has not read yet: it would never get the error response. So `close` then ends only the
    server's half. The protocol must discard further input, and call `abort` after a limit
    (RFC 9112 §9.6, nginx's `lingering_close`).
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        still_sends: Callable[[], bool],
    ) -> None:
        super().__init__(transport, loop)
        self._still_sends = still_sends  # asked at `close`
        self.lingering = False
        self.reads_nothing = False  # also while uvicorn's flow control resumes

    def close(self) -> None:
        """Send held bytes and then close, at once or when the client has ended its half."""
        if self._transport.is_closing() or not self._still_sends():
            super().close()
        elif not self.lingering:
            self._flush()
            self.lingering = True
            self._transport.write_eof()
            self.listen()

    def is_closing(self) -> bool:
        """Say whether no more can be written."""
        return self.lingering or self._transport.is_closing()

    def stop_reading(self) -> None:
        """Pause receiving until `listen`, even if `resume_reading` is called."""
        self.reads_nothing = True
        self._transport.pause_reading()

    def listen(self) -> None:
        """Resume receiving."""
        self.reads_nothing = False
        self._transport.resume_reading()

    def resume_reading(self) -> None:
        """Resume receiving, unless `stop_reading` was called."""
        if not self.reads_nothing:
            self._transport.resume_reading()

    def pending(self) -> int:
        """Return how many bytes wait for the client; 0 also if only the system's buffer has some.

        While lingering, the system's buffer counts as well.
        """
        ours = self._size + self._transport.get_write_buffer_size()
        return ours + self._unacknowledged() if ours or self.lingering else 0

    def taken(self) -> int:
        """Return how many bytes the client has acknowledged since the connection began.

        The system accepts more bytes only once a third of its buffer is free, which can be more
        than a slow client reads in a minute. So the buffer of this process does not tell enough.
        """
        ours = self._transport.get_write_buffer_size()
        return self._sent - ours - self._unacknowledged()

    def _unacknowledged(self) -> int:
        line = self._transport.get_extra_info("socket")
        try:
            answer = fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, bytes(4))
        except OSError:
            return 0  # the socket can't tell, or is closed
        count: int = struct.unpack("i", answer)[0]
        return count

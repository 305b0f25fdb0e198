"""What is written in one turn of the event loop leaves in one system call and one packet.

uvicorn writes head and body of a response one after the other, and uvloop hands each to the
system at once. For a small blob the second call, and the second time that the client is woken,
took a fifth of all there is to do.

And an end of a connection that lets the client read what it was told last.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST: Final = 16 * 1024  # bytes; more than this is not worth holding back


class CoalescingProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol over a transport that gathers small writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a new connection."""
        super().connection_made(self.wrapped(transport))

    def wrapped(self, transport: asyncio.Transport) -> CoalescingTransport:
        """Return what is written to."""
        return CoalescingTransport(transport, self.loop)


class CoalescingTransport(asyncio.Transport):
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
        self._sent = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`, which must not change any more, now or in a moment."""
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


class LingeringTransport(CoalescingTransport):
    """A gathering transport that can stop reading for good, and knows how to part.

    A socket that is closed while its client still sends answers with a reset, which takes what
    the client had not read yet with it: it would never learn why it was refused. So `close` ends
    only our half then. What still comes must be thrown away by the protocol, and `abort` must be
    called when it has been enough (RFC 9112 §9.6, nginx's `lingering_close`).
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
        self.reads_nothing = False  # whatever uvicorn's flow control says

    def close(self) -> None:
        """Send what is held and then close, at once or when the client has ended its half."""
        if self._transport.is_closing() or not self._still_sends():
            super().close()
        elif not self.lingering:
            self._flush()
            self.lingering = True
            self._transport.write_eof()
            self.listen()

    def is_closing(self) -> bool:
        """Say whether nothing can be written any more."""
        return self.lingering or self._transport.is_closing()

    def stop_reading(self) -> None:
        """Have the protocol receive nothing until `listen`, though reading be resumed."""
        self.reads_nothing = True
        self._transport.pause_reading()

    def listen(self) -> None:
        """Have the protocol receive again."""
        self.reads_nothing = False
        self._transport.resume_reading()

    def resume_reading(self) -> None:
        """Have the protocol receive again, unless it is deaf."""
        if not self.reads_nothing:
            self._transport.resume_reading()

    def pending(self) -> int:
        """Return how many bytes wait for the client; 0 also where the system has all of the rest.

        Until the parting: then the system's own buffer counts as well.
        """
        ours = self._size + self._transport.get_write_buffer_size()
        return ours + self._unacknowledged() if ours or self.lingering else 0

    def taken(self) -> int:
        """Return how many bytes the client has acknowledged since the connection began.

        The system takes more from us only once a third of its buffer is free, which can be more
        than a slow client reads in a minute: our own buffer alone would tell that it reads nothing.
        """
        ours = self._transport.get_write_buffer_size()
        return self._sent - ours - self._unacknowledged()

    def _unacknowledged(self) -> int:
        line = self._transport.get_extra_info("socket")
        try:
            answer = fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, bytes(4))
        except OSError:
            return 0  # a socket that can't tell, or is gone already
        count: int = struct.unpack("i", answer)[0]
        return count

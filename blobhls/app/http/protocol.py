"""uvicorn's HTTP protocol with limits, against slow, silent or hostile clients.

uvicorn waits for ever for the end of a request's head, and for a client that reads nothing. Here
one sweep over all connections, every second, closes those that exceed a time limit. Requests set
no timers, not even uvicorn's own for each response; that saves most of the cost of the limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import httptools
from uvicorn.config import Config
from uvicorn.server import ServerState

from blobhls.app.http.limits import ConnectionLimits, last_answer
from blobhls.app.http.transport import CoalescingProtocol, LingeringTransport
from blobhls.http import Problem

# Bytes that are parsed at once. A read can be 250 kB, which may be 14 000 pipelined requests; the
# parser can't be stopped half-way.
_PIECE: Final = 16 * 1024


class _Excess(Exception):
    """A request that exceeds a limit; raised through the parser."""

    def __init__(self, what: Problem) -> None:
        super().__init__(what.reason)
        self.what = what


class BoundedHttpProtocol(CoalescingProtocol):
    """uvicorn's HTTP protocol with limits.

    `sweep` must call `check` regularly. Protocol errors are answered like those of the
    application: with a reason, and readable by pages of any origin.
    """

    transport: LingeringTransport

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits or ConnectionLimits()
        self._broken = False  # further input is ignored
        self._since: float | None = None  # when the wait began; None: set by the next check
        self._awaits_head = True  # at the last check
        self._overhead = 0  # bytes of a request since its begin or its last body bytes
        self._keeps_alive = False
        self._rest = b""  # input that waits for the current response
        self._last_problem: Problem | None = None  # sent after the responses that are due
        self._thrown_away = 0
        self._taken = -1  # bytes that the client has read, at the last check; -1: none yet
        self._taken_at = 0.0

    def wrapped(self, transport: asyncio.Transport) -> LingeringTransport:
        """Return the transport for responses."""
        return LingeringTransport(transport, self.loop, self._still_sends)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a new connection, or refuse it."""
        super().connection_made(transport)
        beyond = len(self.connections) - self._limits.connections
        if beyond > self._limits.turned_away:
            self.transport.abort()
        elif beyond > 0:
            self._refuse(Problem(503, "too many connections", retry_after=5))

    # What the client sends

    def data_received(self, data: bytes) -> None:
        """Parse input, or discard it."""
        if self.transport.lingering:
            self._throw_away(len(data))
        elif len(data) <= _PIECE:
            self._parse(data)
        else:
            self._parse_pieces(data)

    def _parse_pieces(self, data: bytes) -> None:
        view = memoryview(data)
        for start in range(0, len(data), _PIECE):
            if self._broken:
                return
            if self.pipeline:
                self._rest = data[start:]
                return
            self._parse(view[start : start + _PIECE])

    def _parse(self, piece: bytes | memoryview) -> None:
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            pass  # only HTTP/1.1 is supported, so the request is answered in it
        except httptools.HttpParserError as error:
            self._refuse(_problem(error))
        else:
            cycle = self.cycle
            if cycle is None or cycle.more_body or cycle.scope is not self.scope:
                self._measure(len(piece))

    def _measure(self, size: int) -> None:
        """Limit what the parser buffers: heads, trailers, chunk extensions."""
        if not (self._in_head() or self._in_body()):
            return  # empty lines before a request
        self._overhead += size
        try:
            self._check_head()
        except _Excess as excess:
            self._refuse(excess.what)

    def _check_head(self) -> None:
        limits = self._limits
        if len(self.url) > limits.target_size:
            raise _Excess(Problem(414, f"a URL has at most {limits.target_size} bytes"))
        if self._overhead > limits.head_size:
            raise _Excess(Problem(431, f"headers have at most {limits.head_size} bytes"))
        if len(self.headers) > limits.headers:
            raise _Excess(Problem(431, f"a request has at most {limits.headers} headers"))
        if b"%00" in self.url:  # no file name can have it, and few libraries expect it
            raise _Excess(Problem(400, "a URL has no NUL"))

    def on_headers_complete(self) -> None:
        """Check the head, and start the request."""
        self._check_head()
        super().on_headers_complete()
        self._overhead = 0
        # A response that begins before the body has ended says `Connection: close`, as the rest
        # of the body is not awaited.
        cycle = self.cycle
        self._keeps_alive = cycle.keep_alive
        cycle.keep_alive = False
        if self.pipeline:
            self.transport.stop_reading()

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        self._overhead = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Receive the end of the request. Replaces uvicorn's method, which handles WebSockets."""
        self._overhead = 0
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.more_body = False
        cycle.message_event.set()
        if not cycle.response_started:
            cycle.keep_alive = self._keeps_alive

    def _in_head(self) -> bool:
        """Say whether a request has begun and its head has not ended."""
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    def _in_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self._in_head()

    # What is answered

    def on_response_complete(self) -> None:
        """Start the next request, or wait for one.

        Replaces uvicorn's method: without its timer, and nothing is read before all received
        requests are answered.
        """
        self.server_state.total_requests += 1
        self._since = None
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._last_problem is not None:
            self._send_last(self._last_problem)
        elif self.flow.read_paused:
            self.flow.resume_reading()
        if self.transport.reads_nothing and not self.pipeline and self._last_problem is None:
            self._listen_again()

    def _listen_again(self) -> None:
        self.transport.listen()
        self.flow.resume_reading()  # otherwise it assumes that reading is still paused
        rest, self._rest = self._rest, b""
        self._parse_pieces(rest)

    def _refuse(self, what: Problem) -> None:
        """Respond to an invalid request, after the requests before it."""
        self._broken = True
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._send_last(what)
        elif self.pipeline or not self._in_body():
            self._last_problem = what
            self.transport.stop_reading()
        elif cycle.response_started:
            self.transport.abort()
        else:
            cycle.disconnected = True  # tells the application that the rest won't come
            cycle.message_event.set()
            self._send_last(what)

    def _send_last(self, what: Problem) -> None:
        self._since = None
        self.transport.write(last_answer(what, self.server_state.default_headers))
        self.transport.close()

    def _still_sends(self) -> bool:
        return self._broken or self._in_body()

    def _throw_away(self, size: int) -> None:
        self._thrown_away += size
        if self._thrown_away > self._limits.thrown_away:
            self.transport.abort()

    # What takes too long

    def check(self, now: float) -> None:
        """Close the connection if it exceeds a time limit; `now` in the loop's seconds."""
        if self.transport.pending():
            self._check_reader(now)
            return
        self._taken_at = now
        awaits_head = self.cycle is None or self._in_head()
        if self._since is None or awaits_head is not self._awaits_head:
            self._since, self._awaits_head = now, awaits_head
        waited = now - self._since
        if self.transport.lingering:
            if waited > self._limits.linger:
                self.transport.abort()
        elif self.cycle is not None and not self.cycle.response_complete:
            self._since = None  # the client waits for the server
        elif waited > (self._limits.head if awaits_head else self._limits.keep_alive):
            if self._in_head():
                self._refuse(Problem(408, "the request did not come in time"))
            else:
                self.transport.close()

    def _check_reader(self, now: float) -> None:
        self._since = None
        taken = self.transport.taken()
        if taken != self._taken:
            self._taken, self._taken_at = taken, now
        elif now - self._taken_at > self._limits.stalled:
            self.transport.abort()

    def shutdown(self) -> None:
        """Close after the current response; at once if there is none."""
        self._keeps_alive = False
        if self.transport.lingering:
            self.transport.abort()
        else:
            super().shutdown()


def sweep(connections: Iterable[object], now: float) -> None:
    """Check all connections of a server; `now` in the loop's seconds."""
    for connection in list(connections):
        if isinstance(connection, BoundedHttpProtocol):
            connection.check(now)


def _problem(error: httptools.HttpParserError) -> Problem:
    cause = error.__context__
    if isinstance(cause, _Excess):
        return cause.what
    if isinstance(error, httptools.HttpParserCallbackError):
        return Problem(400, "malformed request: its URL can't be read")
    return Problem(400, f"malformed request: {error}")

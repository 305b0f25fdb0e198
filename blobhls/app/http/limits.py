"""Limits of what a client may use: time, bytes, connections."""

from __future__ import annotations

import resource
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import msgspec

from blobhls.http import CORS, Problem, encoded, problem_body, problem_headers

# Files of the index, the workers' sockets, connections that are being refused.
_RESERVED: Final = 256
_FEWEST: Final = 16
_EACH: Final = 2  # descriptors of a connection: its socket, and the file that it reads or writes


class ConnectionLimits(msgspec.Struct, frozen=True):
    """Limits of a connection. Times in seconds, sizes in bytes."""

    head: float = 20  # from the connection, or a request's first byte, to the end of its head
    # Players send a request every 6 to 10 s while they play, and none while their buffer is full;
    # proxies in front keep idle connections for 60 s (nginx), so the server must keep them longer.
    keep_alive: float = 75
    stalled: float = 60  # while a response waits and the client reads no byte
    linger: float = 5  # for a client that still sends after the last response
    thrown_away: int = 64 * 1024 * 1024  # discarded from such a client
    head_size: int = 64 * 1024  # of one request's head; one more piece may pass
    target_size: int = 16 * 1024
    headers: int = 200
    connections: int = 8192
    turned_away: int = 64  # more connections, which get a 503; beyond that they are closed


def raise_descriptor_limit() -> int:
    """Raise the limit of open files to the maximum, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # the limit of macOS is lower than reported
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft


def with_room(descriptors: int, limits: ConnectionLimits) -> ConnectionLimits:
    """Return `limits` with as many connections as the descriptors allow.

    Descriptors must never run out: uvloop closes a listening socket whose `accept` failed.
    """
    room = max(_FEWEST, (descriptors - _RESERVED) // _EACH)
    return msgspec.structs.replace(limits, connections=min(limits.connections, room))


def last_answer(what: Problem, more: list[tuple[bytes, bytes]]) -> bytes:
    """Return a whole response with `more` headers; the connection must be closed after it."""
    body = problem_body(what)
    headers = {**CORS, **problem_headers(what), "Content-Type": "application/json"}
    headers |= {"Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"HTTP/1.1 {what.status} {HTTPStatus(what.status).phrase}".encode()]
    lines += [b"%s: %s" % header for header in [*more, *encoded(headers)]]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body

"""What a client may cost before it has shown good will: time, bytes, connections."""

from __future__ import annotations

import resource
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import msgspec

from blobhls.http import CORS, Problem, encoded, problem_body, problem_headers

# Files of the index, the workers' pipes, connections that are being turned away.
_RESERVED: Final = 256
_FEWEST: Final = 16
_EACH: Final = 2  # descriptors of a connection: its socket, and the file that it reads or writes


class ConnectionLimits(msgspec.Struct, frozen=True):
    """How long and for how much a client is waited for. Times in seconds, sizes in bytes."""

    head: float = 20  # from the connection, or a request's first byte, to the end of its head
    # Players ask every 6 to 10 s while they play, and not at all while their buffer is full;
    # proxies in front keep idle connections for 60 s (nginx) and must not be hung up on before.
    keep_alive: float = 75
    stalled: float = 60  # without a byte being taken of what waits for the client
    linger: float = 5  # for a client that goes on sending after the last answer
    thrown_away: int = 64 * 1024 * 1024  # of what such a client sends
    head_size: int = 64 * 1024  # of one request's head; a piece more may pass
    target_size: int = 16 * 1024
    headers: int = 200
    connections: int = 8192
    turned_away: int = 64  # connections beyond, that are told why; others just end


def raise_descriptor_limit() -> int:
    """Allow this process as many open files as the system lets it, and return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS has a lower limit than it tells
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft


def with_room(descriptors: int, limits: ConnectionLimits) -> ConnectionLimits:
    """Return `limits` with as many connections as a number of descriptors allows.

    They must never run out: uvloop closes a listening socket whose `accept` has failed.
    """
    room = max(_FEWEST, (descriptors - _RESERVED) // _EACH)
    return msgspec.structs.replace(limits, connections=min(limits.connections, room))


def last_answer(what: Problem, more: list[tuple[bytes, bytes]]) -> bytes:
    """Return all of an answer, with `more` headers; the connection must be closed after it."""
    body = problem_body(what)
    headers = {**CORS, **problem_headers(what), "Content-Type": "application/json"}
    headers |= {"Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"HTTP/1.1 {what.status} {HTTPStatus(what.status).phrase}".encode()]
    lines += [b"%s: %s" % header for header in [*more, *encoded(headers)]]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body

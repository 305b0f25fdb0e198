"""HTTP byte by byte, for requests that a client library would correct or never send."""

from __future__ import annotations

import socket
from http.client import HTTPResponse
from urllib.parse import urlsplit

import msgspec

_TIMEOUT = 60  # seconds


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


def connect(address: str, receive_buffer: int | None = None) -> socket.socket:
    """Open a connection to a server; a small `receive_buffer` makes a slow reader."""
    where = urlsplit(address)
    assert where.hostname is not None
    assert where.port is not None
    line = socket.socket()
    line.settimeout(_TIMEOUT)
    if receive_buffer is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    line.connect((where.hostname, where.port))
    return line


def request(target: bytes, *, keep: bool = False) -> bytes:
    """Return the bytes of a `GET`; `target` goes out as it is. `keep` the connection after it?"""
    connection = b"Connection: keep-alive" if keep else b"Connection: close"
    lines = (b"GET " + target + b" HTTP/1.1", b"Host: test", connection)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def ask(address: str, data: bytes) -> Answer:
    """Send bytes and return the answer to them."""
    with connect(address) as line:
        line.sendall(data)
        with HTTPResponse(line, method="GET") as response:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())

"""Slow, silent and hostile clients do not affect the responses to other clients."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from blobhls.app.http.limits import raise_descriptor_limit
from blobhls.app.services import open_storage
from blobhls.blob import BlobInfo
from blobhls.settings import load
from tests.system.server import Home, Server, until
from tests.system.wire import Answer, ask, connect, request

_SMALL = b"a playlist, say"
_LARGE = bytes(range(256)) * 65_536  # 16 MiB: more than all buffers on the way hold
_SLOW = 200
_HALF_OPEN = 1_000


@pytest.fixture(scope="module")
def blobs() -> dict[str, bytes]:
    """What is served, by name; filled by `server`."""
    return {}


@pytest.fixture(scope="module")
def server(blobs: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two blobs and an empty library."""
    home = Home(tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("state"))
    paths = {"target_path": home.library, "db": home.db, "cache_path": home.blobs}
    with open_storage(load({name: str(path) for name, path in paths.items()}, {})) as storage:
        for data in (_SMALL, _LARGE):
            info = BlobInfo(storage.store.put(data), len(data), "video/mp2t")
            storage.blobs.add(info, pinned=True, now=time.time())
            blobs[info.name] = data
    with home.serving() as server:
        yield server


@contextmanager
def crowd(server: Server, requests: list[bytes], buffer: int) -> Iterator[list[socket.socket]]:
    """Open a connection for each of some requests, which are sent but not read the answers of."""
    if raise_descriptor_limit() < 2 * len(requests) + 100:
        pytest.skip("too few open files allowed for so many clients")
    with ExitStack() as stack:
        lines = []
        for data in requests:
            line = stack.enter_context(closing(connect(server.address, receive_buffer=buffer)))
            line.sendall(data)
            lines.append(line)
        yield lines


def assert_all_is_served(server: Server, blobs: dict[str, bytes]) -> None:
    for name, data in blobs.items():
        assert server.body(f"/{name}") == data
    assert ask(server.address, request(b"/")).status == 200


def descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def test_slow_readers_slow_no_other_client(server: Server, blobs: dict[str, bytes]) -> None:
    large = next(name for name, data in blobs.items() if data is _LARGE).encode()
    before = descriptors(server)
    with crowd(server, [request(b"/" + large)] * _SLOW, 4096) as readers:
        for reader in readers:  # each has begun
            assert reader.recv(12) == b"HTTP/1.1 200"
        assert descriptors(server) >= before + 2 * _SLOW  # and is far from its end
        for _ in range(3):
            assert_all_is_served(server, blobs)
    until(lambda: descriptors(server) < before + 10, "files that are closed again")


def test_half_open_uploads_do_not_stop_reading(server: Server, blobs: dict[str, bytes]) -> None:
    line = b"PUT /upload HTTP/1.1\r\nHost: test\r\n"
    begun = [
        line + b"Content-Ty",
        line + b"Content-Length: 1000000\r\n\r\n",
        line + b"Content-Length: 1000000\r\n\r\n" + bytes(1000),
        line + b"Transfer-Encoding: chunked\r\n\r\n100\r\nabc",
    ]
    before = descriptors(server)
    with crowd(server, begun * (_HALF_OPEN // len(begun)), 65536):
        # At least a quarter is still there: a client that sent half a head has no response.
        until(lambda: descriptors(server) >= before + _HALF_OPEN // 4, "connections")
        for _ in range(3):
            assert_all_is_served(server, blobs)
    until(lambda: descriptors(server) < before + 10, "connections that are closed again")


def told(answer: Answer) -> str:
    """Return the reason of an error, which pages of any origin can read."""
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-reason"]
    detail: str = msgspec.json.decode(answer.body)["detail"]
    return detail


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"NONSENSE / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/3.7\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (request(b"/\xff\xfe"), 400),
        (request(b"/%00"), 400),
        (request(b"/schema-files/%00"), 400),
        (request(b"/%ff%fe"), 404),
        (request(b"/%ed%a0%80"), 404),
        (request(b"/api/v1/shows/%ff"), 404),
        (request(b"/" + b"a" * 20_000), 414),
        (request(b"/").replace(b"\r\n\r\n", b"\r\nA: b" * 201 + b"\r\n\r\n"), 431),
        (request(b"/").replace(b"\r\n\r\n", b"\r\nA: " + b"b" * 200_000 + b"\r\n\r\n"), 431),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else None,
)
def test_hostile_requests_are_refused_in_words(server: Server, data: bytes, status: int) -> None:
    answer = ask(server.address, data)
    assert answer.status == status
    assert told(answer)


def test_a_hostile_client_can_not_fill_the_log(server: Server) -> None:
    for _ in range(10):
        assert ask(server.address, b"NONSENSE\r\n\r\n").status == 400
    text = server.log.read_text().lower()
    assert "invalid" not in text
    assert "malformed" not in text

"""Blobs that must be rendered first, errors, broken files and disconnecting clients."""

from __future__ import annotations

import io
import logging
import socket
import struct
from typing import BinaryIO

import httpx
import pytest

from blobhls.blob import BlobId
from blobhls.errors import (
    BlobMissing,
    RenderFailed,
    SourceBroken,
    SourceOffline,
    StoreFull,
    WorkersBusy,
)
from tests.blossom.conftest import HEX, LARGE, SMALL, Address, FakeSource


@pytest.mark.parametrize("data", [SMALL, LARGE])
def test_a_blob_is_derived_for_a_range_and_known_to_head(
    source: FakeSource, client: httpx.Client, data: bytes
) -> None:
    blob_id = source.add_derivable(data)
    assert client.head(f"/{blob_id}").headers["content-length"] == str(len(data))
    assert source.opened == []
    answer = client.get(f"/{blob_id}", headers={"Range": "bytes=10-"})
    assert (answer.status_code, answer.content) == (206, data[10:])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (BlobMissing(HEX), 404, None),
        (SourceBroken("the file is truncated"), 422, None),
        (RenderFailed("recipe", "the worker crashed"), 500, None),
        (WorkersBusy("too much to do"), 503, "5"),
        (SourceOffline("the disk is not mounted"), 503, "60"),
        (StoreFull("no room"), 507, "60"),
    ],
)
def test_errors_have_status_reason_and_cors(
    source: FakeSource,
    client: httpx.Client,
    method: str,
    error: Exception,
    status: int,
    retry_after: str | None,
) -> None:
    source.errors[BlobId(HEX)] = error
    answer = client.request(method, f"/{HEX}.ts")
    assert answer.status_code == status
    assert answer.headers["x-reason"] == str(error)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "X-Reason" in answer.headers["access-control-expose-headers"]
    assert answer.headers.get("retry-after") == retry_after
    assert answer.headers["cache-control"] == "no-store"
    if method == "GET":
        assert answer.json() == {"status_code": status, "detail": str(error)}


def test_an_unexpected_error_is_logged_and_tells_nothing(
    source: FakeSource, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    source.errors[BlobId(HEX)] = KeyError("/etc/secret")
    answer = client.get(f"/{HEX}")
    assert answer.json() == {"status_code": 500, "detail": "internal error"}
    assert "/etc/secret" in caplog.text


def test_a_small_file_shorter_than_its_blob_is_an_error(
    source: FakeSource, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    blob_id = source.add(SMALL)
    source.sizes[blob_id] = 2000
    assert client.get(f"/{blob_id}").status_code == 500


def test_a_large_file_shorter_than_its_blob_ends_the_connection(
    source: FakeSource, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    blob_id = source.add(LARGE)
    source.sizes[blob_id] = len(LARGE) + 1
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.get(f"/{blob_id}")
    assert "could not send all" in caplog.text


class Dribbling(io.FileIO):
    """A raw file that gives less than it is asked for, as raw files may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 999)) or b""


@pytest.mark.parametrize("data", [SMALL + b"!" * 5000, LARGE])
def test_short_reads_are_continued(source: FakeSource, client: httpx.Client, data: bytes) -> None:
    def dribble(file: BinaryIO) -> BinaryIO:
        with file:
            return Dribbling(file.name)

    source.wraps = dribble
    assert client.get(f"/{source.add(data)}").content == data


def connection_to(server: Address, request: str) -> socket.socket:
    """Open a connection with a tiny receive buffer, which closes with a reset; send a request."""
    connection = socket.socket()
    connection.settimeout(10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(request.replace("\n", "\r\n").encode())
    return connection


class Counting(io.FileIO):
    """A file that counts its reads."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size or 0) or b""


def test_a_disconnect_stops_the_reading_and_closes_the_file(
    source: FakeSource, server: Address, client: httpx.Client
) -> None:
    def counted(file: BinaryIO) -> BinaryIO:
        with file:
            return Counting(file.name)

    data = bytes(64 * 1024 * 1024)
    source.wraps = counted
    blob_id = source.add(data)
    with connection_to(server, f"GET /{blob_id} HTTP/1.1\nHost: x\n\n") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    file = source.opened[0]
    while not file.closed:
        client.get("/")  # each answer is a turn of the server's loop
    assert isinstance(file, Counting)
    assert file.reads < len(data) // (64 * 1024) // 2


def test_a_disconnect_while_a_blob_is_rendered_cancels_the_rendering(
    source: FakeSource, server: Address, caplog: pytest.LogCaptureFixture
) -> None:
    source.never.add(BlobId(HEX))
    with connection_to(server, f"GET /{HEX} HTTP/1.1\nHost: x\n\n"):
        assert source.waiting.wait(10)
    assert source.dropped.wait(10)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []

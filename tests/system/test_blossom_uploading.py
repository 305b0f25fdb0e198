"""`PUT` and `HEAD /upload` on the wire (BUD-02, BUD-06)."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from blobhls.blob import BlobId
from tests.system.blossom import (
    ALICE,
    BOB,
    HOST,
    ahead,
    assert_refused,
    chunked,
    delete,
    empty_home,
    head_of,
    listed,
    raw,
    staged,
    stored,
    token,
    upload,
    uploaded,
)
from tests.system.server import Home, Server, until
from tests.system.wire import connect

LIMIT = 200_000  # bytes of a blob; more than stays in memory
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return empty_home(tmp_path_factory.mktemp("uploading"))


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[Server]:
    with home.serving("--upload-access", "open", "--max-blob-size", str(LIMIT)) as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_stays_in_staging(home: Home, server: Server) -> Iterator[None]:
    yield
    until(lambda: not staged(home), "an empty staging folder", 20)


@pytest.mark.parametrize("size", [0, 1, 1000, 65_535, 65_536, 65_537, LIMIT - 1, LIMIT])
@pytest.mark.parametrize("told", [True, False])
def test_a_blob_of_any_size_comes_back_byte_for_byte(server: Server, size: int, told: bool) -> None:
    data = (b"told " if told else b"not told ") * LIMIT
    data = data[:size]
    known = server.get(f"/{BlobId.of(data)}").status_code == 200
    body = data if told else chunked(data[: size // 3], data[size // 3 :])
    answer = server.client.put("/upload", content=body, headers=token("upload", BlobId.of(data)))
    assert answer.status_code == (200 if known else 201)
    assert answer.json()["size"] == size
    assert server.body(f"/{answer.json()['sha256']}") == data


@pytest.mark.parametrize("told", [True, False])
def test_a_byte_more_than_the_limit_is_too_large(server: Server, home: Home, told: bool) -> None:
    data = bytes(LIMIT + 1)
    before = stored(home)
    body = data if told else chunked(data[:LIMIT], data[LIMIT:])
    headers = token("upload", BlobId.of(data))
    assert_refused(server.client.put("/upload", content=body, headers=headers), 413)
    assert stored(home) == before
    assert_refused(server.client.head("/upload", headers=headers | ahead(LIMIT + 1)), 413)
    assert server.client.head("/upload", headers=headers | ahead(LIMIT)).status_code == 200


def test_an_endless_body_is_refused_at_the_limit(server: Server) -> None:
    headers = {"Host": HOST, "Transfer-Encoding": "chunked"} | token("upload", "ab" * 32)
    with connect(server.address) as line:
        line.sendall(head_of("PUT", "/upload", headers))
        line.sendall((b"8000\r\n" + bytes(0x8000) + b"\r\n") * (LIMIT // 0x8000 + 1))
        assert read_head(line).startswith(b"HTTP/1.1 413")
    assert server.get("/").status_code == 200


def test_the_descriptor_describes_the_stored_blob(server: Server) -> None:
    answer = upload(server, b"%PDF-1.7 and more", "Application/PDF; charset=x")
    assert answer.status_code == 201
    assert answer.headers["access-control-allow-origin"] == "*"
    said = answer.json()
    blob_id = BlobId.of(b"%PDF-1.7 and more")
    url = f"{server.address}/{blob_id}.pdf"
    assert (said["url"], said["sha256"], said["size"]) == (url, blob_id, 17)
    assert said["type"] == "application/pdf"
    assert isinstance(said["uploaded"], int)
    expected = [["url", url], ["m", "application/pdf"], ["x", blob_id], ["size", "17"]]
    assert said["nip94"] == expected
    assert server.get(url).headers["content-type"] == "application/pdf"


def test_a_known_blob_is_200_with_the_same_descriptor(server: Server) -> None:
    first, second = upload(server, b"again"), upload(server, b"again")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_a_known_blob_keeps_the_type_it_came_with(server: Server) -> None:
    uploaded(server, b"typed", "text/plain")
    answer = upload(server, b"typed", "text/html", BOB)
    assert (answer.status_code, answer.json()["type"]) == (200, "text/plain")
    assert server.get(f"/{BlobId.of(b'typed')}.html").headers["content-type"] == "text/plain"


def test_a_blob_of_two_owners_goes_with_the_last(server: Server, home: Home) -> None:
    blob_id = uploaded(server, b"shared")
    assert upload(server, b"shared", key=BOB).status_code == 200
    assert blob_id in listed(server)
    assert delete(server, blob_id).status_code == 204
    assert blob_id not in listed(server)
    assert blob_id in listed(server, BOB)
    assert server.body(f"/{blob_id}") == b"shared"
    assert delete(server, blob_id, BOB).status_code == 204
    assert server.get(f"/{blob_id}").status_code == 404
    assert blob_id not in stored(home)
    assert upload(server, b"shared").status_code == 201


@pytest.mark.parametrize(
    ("said", "data", "found"),
    [
        (None, PNG + b"1", "image/png"),
        ("application/octet-stream", PNG + b"2", "image/png"),
        ("", PNG + b"3", "image/png"),
        ("image/jpeg", PNG + b"4", "image/jpeg"),
        (None, b"#EXTM3U\n", "application/vnd.apple.mpegurl"),
        (None, b"<html>", "application/octet-stream"),
        (None, b"\x00\x01", "application/octet-stream"),
        ("text/html", b"<html><html>", "text/html"),
        ("model/gltf+json", b"{}", "model/gltf+json"),
    ],
)
def test_a_type_that_is_not_said_is_found_out(
    server: Server, said: str | None, data: bytes, found: str
) -> None:
    answer = upload(server, data, said)
    assert answer.json()["type"] == found
    assert server.get(f"/{BlobId.of(data)}").headers["content-type"] == found


@pytest.mark.parametrize("said", ["nonsense", "a/b/c", "text/", "te xt/plain", "text/<html>"])
def test_a_type_that_is_none_is_a_bad_request(server: Server, said: str) -> None:
    assert_refused(upload(server, b"x", said), 400)
    headers = token("upload", BlobId.of(b"x")) | ahead(1, media_type=said)
    assert_refused(server.client.head("/upload", headers=headers), 400)


@pytest.mark.parametrize("said", ["", "ab", "AB" * 32, "g" * 64, "ab" * 33, f"{'ab' * 32}.bin"])
def test_a_hash_that_is_none_is_a_bad_request(server: Server, said: str) -> None:
    assert_refused(upload(server, b"x", X_SHA_256=said), 400)
    headers = token("upload", BlobId.of(b"x")) | ahead(1, said)
    assert_refused(server.client.head("/upload", headers=headers), 400)


@pytest.mark.parametrize("said", ["", "-1", "1.5", "1e3", "x", "9" * 16, "0x10", "1_0", "٣"])
def test_a_length_that_is_none_is_a_bad_request(server: Server, said: str) -> None:
    headers = token("upload", BlobId.of(b"x")) | {"X-Content-Length": said}
    sent = [(name.encode(), text.encode()) for name, text in headers.items()]
    assert_refused(server.client.head("/upload", headers=sent), 400)


def test_an_upload_check_needs_the_length(server: Server) -> None:
    answer = server.client.head("/upload", headers=token("upload", BlobId.of(b"x")))
    assert_refused(answer, 411)


def test_other_bytes_than_announced_are_a_conflict(server: Server, home: Home) -> None:
    before = stored(home)
    for data in (b"these bytes", bytes(LIMIT)):
        other = BlobId.of(b"other bytes")
        headers = token("upload", other, BlobId.of(data)) | {"X-SHA-256": other}
        assert_refused(server.client.put("/upload", content=data, headers=headers), 409)
    assert stored(home) == before


def test_other_bytes_than_the_token_names_are_unauthorized(server: Server, home: Home) -> None:
    before = stored(home)
    answer = server.client.put("/upload", content=b"mine", headers=token("upload", "ab" * 32))
    assert_refused(answer, 401)
    assert stored(home) == before


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("kind", ["Content-Length", "Transfer-Encoding"])
def test_a_body_that_breaks_off_is_not_kept(
    server: Server, home: Home, size: int, kind: str
) -> None:
    data = bytes([size % 251]) * size
    before, log = stored(home), server.log.stat().st_size
    length = {"Content-Length": str(size + 1)}
    headers = {"Host": HOST, **token("upload", BlobId.of(data))}
    with connect(server.address) as line:
        if kind == "Content-Length":
            line.sendall(head_of("PUT", "/upload", headers | length) + data)
        else:
            head = head_of("PUT", "/upload", headers | {"Transfer-Encoding": "chunked"})
            line.sendall(head + b"%x\r\n%b\r\n" % (size, data))
        if size > 65_536:
            until(lambda: staged(home), "a body that is being written", 20)
    until(lambda: not staged(home), "an end of that", 20)
    assert server.get(f"/{BlobId.of(data)}").status_code == 404
    assert stored(home) == before
    assert server.log.stat().st_size == log  # a disconnect is not logged


def test_bytes_beyond_the_content_length_are_another_request(server: Server) -> None:
    data = b"as long as told"
    headers = {"Content-Length": str(len(data)), **token("upload", BlobId.of(data))}
    answer = raw(server, "PUT", "/upload", headers, data + b"and more")
    assert answer.status == 201
    assert server.body(f"/{BlobId.of(data)}") == data


def test_two_lengths_are_refused(server: Server) -> None:
    head = head_of("PUT", "/upload", {"Host": HOST, "Content-Length": "1"})
    doubled = head.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n")
    with connect(server.address) as line:
        line.sendall(doubled + b"xx")
        assert line.recv(12).startswith(b"HTTP/1.1 400")


def read_head(line: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        piece = line.recv(1)
        assert piece, answer
        answer += piece
    return answer


def test_an_expected_continue_is_answered(server: Server) -> None:
    data = b"after you"
    headers = {"Host": HOST, "Expect": "100-continue", "Content-Length": str(len(data))}
    with connect(server.address) as line:
        line.sendall(head_of("PUT", "/upload", headers | token("upload", BlobId.of(data))))
        assert read_head(line).startswith(b"HTTP/1.1 100")
        line.sendall(data)
        assert read_head(line).startswith(b"HTTP/1.1 201")


def test_an_expected_continue_is_refused_without_a_body(server: Server) -> None:
    headers = {"Host": HOST, "Expect": "100-continue", "Content-Length": str(1 << 40)}
    for more, status in ({}, b"401"), (token("upload", "ab" * 32), b"413"):
        with connect(server.address) as line:
            line.sendall(head_of("PUT", "/upload", headers | more))
            assert read_head(line).startswith(b"HTTP/1.1 " + status)


def test_a_connection_stays_open_after_a_refused_complete_body(server: Server) -> None:
    data = b"kept alive"
    with connect(server.address) as line:
        head = {"Host": HOST, "Content-Length": str(len(data))}
        for blob, status in ("ab" * 32, b"401"), (BlobId.of(data), b"201"):
            line.sendall(head_of("PUT", "/upload", head | token("upload", blob)) + data)
            answer = read_head(line)
            assert answer.startswith(b"HTTP/1.1 " + status)
            length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            while length:
                length -= len(line.recv(length))


def test_the_same_bytes_from_many_at_once_are_one_blob(server: Server) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - for this alone

    data = b"at once" * 20_000
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda key: upload(server, data, key=key), [ALICE, BOB] * 4))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert sum(answer.status_code == 201 for answer in answers) == 1
    assert server.body(f"/{BlobId.of(data)}") == data

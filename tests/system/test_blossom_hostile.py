"""Hostile requests to the Blossom endpoints are refused with a reason, and store nothing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from blobhls.blob import BlobId
from tests.system.blossom import HOST, empty_home, raw, staged, stored, token, uploaded
from tests.system.server import Home, Server
from tests.system.wire import Answer

NOBODY = "ab" * 32
DATA = b"is still there"
DEEP = b"[" * 10_000
TOKEN = token("upload", NOBODY)  # good for as long as this lot takes


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return empty_home(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[Server]:
    with home.serving("--upload-access", "open") as server:
        uploaded(server, DATA)
        yield server


@pytest.fixture(autouse=True)
def nothing_is_kept_and_nothing_is_logged(home: Home, server: Server) -> Iterator[None]:
    before, log = stored(home), server.log.read_text()
    yield
    assert stored(home) == before
    assert staged(home) == []
    assert server.log.read_text() == log
    assert server.body(f"/{BlobId.of(DATA)}") == DATA


def assert_told(answer: Answer) -> None:
    assert 400 <= answer.status < 500, answer
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-reason"]
    assert msgspec.json.decode(answer.body)["detail"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        f"/../{NOBODY}",
        f"/..%2f{NOBODY}",
        f"/{NOBODY}/../../etc/passwd",
        f"/{NOBODY}%2f..%2f..",
        f"/{NOBODY}.%2e%2e",
        f"/{NOBODY}%00",
        f"/{NOBODY}.bin%00",
        f"/{NOBODY}%0d%0aX-Evil:%20yes",
        f"/%2e%2e/%2e%2e/{NOBODY}",
        f"//{NOBODY}",
        f"/{NOBODY};x",
        f"/{NOBODY}.{'a' * 10_000}/",
        "/" + "a" * 20_000,
        "/upload/../list",
        "/upload%00",
        "/list/%2e%2e",
        "/list/..%2f..%2fetc",
        "/list/%ff%fe",
        f"/list/{NOBODY}/x",
        f"/list/{NOBODY}?limit=1&limit=x",
        f"/list/{NOBODY}?cursor=%ff",
        f"/list/{NOBODY}?cursor=../x",
        f"/list/{NOBODY}?since=1e9&until=NaN",
        "/mirror/x",
        "/media/x",
        "/report/x",
        "/\u00fcpload",
    ],
)
def test_path_tricks_lead_nowhere(server: Server, method: str, path: str) -> None:
    assert_told(raw(server, method, path, {"Content-Length": "0"} | TOKEN))


@pytest.mark.parametrize("path", ["/mirror", "/report"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xfe{}",
        b'{"url": "\xff"}',
        b'{"url": "\\ud800"}',
        DEEP,
        DEEP + b"]" * len(DEEP),
        b'{"url":' + DEEP,
        b'{"url":' * 5_000,
        b'{"tags":' + DEEP[:9000] + b"]" * 9000 + b"}",
        b'{"a":1,' * 2_000 + b"}",
        b"1" * 15_000,
        b'"' + b"x" * 100_000 + b'"',
        b"{" + b" " * 200_000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_json_that_is_hostile_is_refused(server: Server, path: str, body: bytes) -> None:
    headers = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    assert_told(raw(server, "PUT", path, headers | TOKEN, body))


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/html\x00"},
        {"Content-Type": "text/\xff"},
        {"Content-Type": "a" * 1000 + "/b"},
        {"Content-Type": "text/html, text/plain"},
        {"X-SHA-256": "\xe9" * 64},
        {"X-SHA-256": NOBODY + "," + NOBODY},
        {"X-SHA-256": "../../etc/passwd"},
        {"X-SHA-256": NOBODY + "\xa0"},
        {"Content-Length": "-1"},
        {"Content-Length": "1e3"},
        {"Content-Length": "99999999999999999999999"},
        {"Content-Length": "+1"},
        {"Transfer-Encoding": "gzip"},
        {"Transfer-Encoding": "chunked, chunked", "Content-Length": "1"},
        {"Host": "evil.example/\xff"},
        {"Host": "a b"},
        {"Host": "x" * 1000},
        {"Authorization": "Nostr " + "A" * 60_000},
        {"Authorization": "Nostr " + "A" * 70_000},
        {f"X-{number}": "y" for number in range(300)},
    ],
    ids=lambda headers: str(next(iter(headers.items())))[:40],
)
def test_headers_that_are_hostile_are_refused(server: Server, headers: dict[str, str]) -> None:
    sent = {"Content-Length": "1", "Connection": "close", **TOKEN} | headers
    assert_told(raw(server, "PUT", "/upload", sent, b"x"))


@pytest.mark.parametrize("size", ["zz", "-1", "ffffffffffffffffffff", "", "1;" + "x" * 100_000])
def test_chunks_that_make_no_sense_are_refused(server: Server, size: str) -> None:
    headers = {"Transfer-Encoding": "chunked", "Connection": "close"} | TOKEN
    assert_told(raw(server, "PUT", "/upload", headers, size.encode() + b"\r\nx\r\n0\r\n\r\n"))


def test_a_path_with_a_slash_too_many_is_the_same_endpoint(home: Home, server: Server) -> None:
    """What a client makes of `https://host/` and `/upload`."""
    for path in ("//upload", "/upload/", "/upload"):
        answer = raw(server, "PUT", path, {"Content-Length": "0", "Host": HOST})
        assert answer.status == 401, path

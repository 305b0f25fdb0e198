"""Every status that the BUDs' tables know, as this server answers it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from blobhls.blob import BlobId
from blobhls.blossom.writes.request_body import BodyTimeouts
from blobhls.errors import PaymentRequired
from blobhls.nostr import Verb
from tests.system.blossom import (
    ALICE,
    CAROL,
    HOST,
    ahead,
    assert_refused,
    delete,
    empty_home,
    head_of,
    mirror,
    report,
    staged,
    stored,
    token,
    upload,
    uploaded,
)
from tests.system.inprocess import inside
from tests.system.server import Home, Server
from tests.system.wire import connect

DATA = b"a blob of every status"
BLOB = BlobId.of(DATA)
NOBODY = "ab" * 32
FLAGS = ("--max-blob-size", "1000", "--upload-types", "image/*,*/octet-stream")
Ask = Callable[[Server], httpx.Response]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = empty_home(tmp_path_factory.mktemp("status"))
    with home.serving("--upload-access", "open", "--moderators", CAROL.pubkey, *FLAGS) as server:
        uploaded(server, DATA)
        assert report(server, CAROL, BlobId.of(b"blocked")).status_code == 200
        yield server


def get(path: str = f"/{BLOB}", method: str = "GET", **headers: str) -> Ask:
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda server: server.client.request(method, path, headers=sent)


def put(data: bytes = DATA, media_type: str | None = None, blob: str | None = None) -> Ask:
    said = {} if blob is None else {"X_SHA_256": blob}
    return lambda server: upload(server, data, media_type, ALICE, **said)


def question(
    size: int | None, blob: str = BLOB, kind: str | None = None, path: str = "/upload"
) -> Ask:
    verb: Verb = "media" if path == "/media" else "upload"

    def ask(server: Server) -> httpx.Response:
        told = {} if size is None else ahead(size, blob, kind)
        return server.client.head(path, headers=token(verb, blob) | told)

    return ask


def media(data: bytes, kind: str, **headers: str) -> Ask:
    def ask(server: Server) -> httpx.Response:
        sent = token("media", BlobId.of(data)) | {"Content-Type": kind} | headers
        return server.client.put("/media", content=data, headers=sent)

    return ask


# Table by table: endpoint, status, how to get it.
GOOD: list[tuple[str, int, Ask]] = [
    ("GET /<sha256>", 200, get()),
    ("GET /<sha256>", 206, get(Range="bytes=0-1")),
    ("GET /<sha256>", 304, get(If_None_Match=f'"{BLOB}"')),
    ("HEAD /<sha256>", 200, get(method="HEAD")),
    ("HEAD /<sha256>", 304, get(method="HEAD", If_None_Match="*")),
    ("OPTIONS /<sha256>", 204, get(method="OPTIONS")),
    ("PUT /upload", 200, put()),
    ("PUT /upload", 201, put(b"new")),
    ("HEAD /upload", 200, question(5)),
    ("HEAD /media", 200, question(5, path="/media", kind="image/png")),
    ("GET /list", 200, get(f"/list/{ALICE.pubkey}")),
    ("DELETE /<sha256>", 204, lambda s: delete(s, uploaded(s, b"short-lived"))),
    ("PUT /report", 200, lambda s: report(s, ALICE, BLOB)),
    ("HEAD /", 200, get("/", "HEAD")),
]
REFUSED: list[tuple[str, int, Ask]] = [
    ("GET /<sha256>", 400, get(f"/{BLOB.upper()}")),
    ("GET /<sha256>", 404, get(f"/{NOBODY}")),
    ("GET /<sha256>", 404, get(f"/{BlobId.of(b'blocked')}")),
    ("GET /<sha256>", 416, get(Range="bytes=22-")),
    ("HEAD /<sha256>", 400, get(f"/{BLOB}.X", "HEAD")),
    ("HEAD /<sha256>", 404, get(f"/{NOBODY}.png", "HEAD")),
    ("POST /<sha256>", 405, get(method="POST")),
    ("PUT /<sha256>", 405, get(method="PUT")),
    ("GET /upload", 405, get("/upload")),
    ("PUT /upload", 400, put(blob="x")),
    ("PUT /upload", 401, get("/upload", "PUT")),
    ("PUT /upload", 403, put(b"blocked")),
    ("PUT /upload", 409, lambda s: s.client.put(
        "/upload", content=DATA, headers=token("upload", NOBODY) | {"X-SHA-256": NOBODY})),
    ("PUT /upload", 413, put(bytes(1001))),
    ("PUT /upload", 415, put(media_type="text/html")),
    ("HEAD /upload", 400, question(5, "x" * 64)),
    ("HEAD /upload", 401, get("/upload", "HEAD", X_Content_Length="1")),
    ("HEAD /upload", 403, question(5, BlobId.of(b"blocked"))),
    ("HEAD /upload", 411, question(None)),
    ("HEAD /upload", 413, question(1001)),
    ("HEAD /upload", 415, question(5, kind="text/html")),
    ("PUT /media", 400, media(b"x", "image/png", **{"X-SHA-256": "x"})),
    ("PUT /media", 401, get("/media", "PUT")),
    ("PUT /media", 409, lambda s: s.client.put(
        "/media", content=b"x", headers=token("media", NOBODY) | {"X-SHA-256": NOBODY})),
    ("PUT /media", 413, media(bytes(1001), "image/png")),
    ("PUT /media", 415, media(b"x", "text/plain")),
    ("PUT /media", 415, media(b"neither picture nor video", "")),
    ("PUT /media", 422, media(b"\x89PNG\r\n\x1a\nbroken", "image/png")),
    ("PUT /media", 422, media(b"\x1a\x45\xdf\xa3broken", "video/x-matroska")),
    ("HEAD /media", 401, get("/media", "HEAD", X_Content_Length="1")),
    ("HEAD /media", 411, question(None, path="/media")),
    ("HEAD /media", 413, question(1001, path="/media")),
    ("HEAD /media", 415, question(5, path="/media", kind="text/html")),
    ("PUT /mirror", 400, lambda s: mirror(s, "nonsense", BLOB)),
    ("PUT /mirror", 401, get("/mirror", "PUT")),
    ("PUT /mirror", 403, lambda s: mirror(s, "http://127.0.0.1:9/", BLOB)),
    ("PUT /mirror", 502, lambda s: mirror(s, "http://nowhere.invalid/", BLOB)),
    ("GET /list", 400, get(f"/list/{ALICE.pubkey}?limit=x")),
    ("DELETE /<sha256>", 400, lambda s: s.client.delete("/x", headers=token("delete", BLOB))),
    ("DELETE /<sha256>", 401, get(method="DELETE")),
    ("DELETE /<sha256>", 403, lambda s: delete(s, BLOB, CAROL)),
    ("DELETE /<sha256>", 404, lambda s: delete(s, NOBODY)),
    ("PUT /report", 400, get("/report", "PUT")),
    ("PUT /report", 404, lambda s: report(s, ALICE, NOBODY)),
    ("PUT /report", 413, lambda s: s.client.put("/report", content=bytes(70_000))),
    ("GET /nothing", 404, get("/nothing")),
]  # fmt: skip


def named(table: list[tuple[str, int, Ask]]) -> list[str]:
    return [f"{endpoint} {status}" for endpoint, status, _ in table]


@pytest.mark.parametrize(("endpoint", "status", "ask"), GOOD, ids=named(GOOD))
def test_success_has_its_status(server: Server, endpoint: str, status: int, ask: Ask) -> None:
    answer = ask(server)
    assert answer.status_code == status, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-reason" not in answer.headers
    if endpoint.startswith("HEAD") or status in {204, 304}:
        assert answer.content == b""


@pytest.mark.parametrize(("endpoint", "status", "ask"), REFUSED, ids=named(REFUSED))
def test_refusal_has_its_status_and_a_reason(
    server: Server, endpoint: str, status: int, ask: Ask
) -> None:
    assert_refused(ask(server), status)


def test_a_client_that_must_pay_is_told_how(tmp_path: Path) -> None:
    def charge(pubkey: str, verb: Verb) -> None:
        assert pubkey == ALICE.pubkey
        raise PaymentRequired(f"to {verb} costs 21 sat", {"X-Cashu": "creqA", "X-Lightning": "ln"})

    with inside(empty_home(tmp_path), charge) as server:
        for method, path, verb in (
            ("PUT", "/upload", "upload"),
            ("HEAD", "/upload", "upload"),
            ("PUT", "/mirror", "upload"),
            ("PUT", "/media", "media"),
            ("HEAD", "/media", "media"),
        ):
            wanted: Verb = "media" if verb == "media" else "upload"
            headers = token(wanted, BLOB) | ahead(5)
            answer = server.client.request(method, path, headers=headers)
            assert_refused(answer, 402)
            assert (answer.headers["x-cashu"], answer.headers["x-lightning"]) == ("creqA", "ln")
            assert_refused(server.client.request(method, path, headers=ahead(5)), 401)


def test_a_body_that_does_not_come_is_408(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = empty_home(tmp_path)
    monkeypatch.setattr("blobhls.app.blossom.BodyTimeouts", lambda: BodyTimeouts(silence=0.1))
    with inside(home) as server:
        for path in ("/upload", "/report", "/mirror"):
            headers = {"Host": HOST, "Content-Length": "70001"} | token("upload", BLOB)
            with connect(server.address) as line:
                line.sendall(head_of("PUT", path, headers) + b"x")
                answer = line.recv(65536)
            assert answer.startswith(b"HTTP/1.1 408"), path
            assert b"access-control-allow-origin: *" in answer.lower()
            assert b"x-reason:" in answer.lower()
    assert staged(home) == []


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_full_disk_is_507_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    home: Home = empty_home(tmp_path)
    data = bytes(size)
    with inside(home) as server:
        before = stored(home)
        with monkeypatch.context() as patch:
            patch.setattr("blobhls.store.local.os.fsync", full)
            headers = token("upload", BlobId.of(data))
            answer = server.client.put("/upload", content=data, headers=headers)
            assert_refused(answer, 507)
            assert int(answer.headers["retry-after"]) > 0
        assert stored(home) == before
        assert staged(home) == []
        assert server.client.get(f"/{BlobId.of(data)}").status_code == 404
        assert server.client.put("/upload", content=data, headers=headers).status_code == 201


def full(_descriptor: int) -> None:
    raise OSError(28, os.strerror(28))

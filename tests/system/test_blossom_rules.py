"""Rules of Blossom that servers get wrong, row by row on uploaded blobs.

Other tests name the rows by these numbers.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.blob import BlobId, extension_of, type_of
from tests.system.blossom import (
    ALICE,
    BOB,
    HOST,
    ahead,
    assert_refused,
    delete,
    head_of,
    mirror,
    serving,
    token,
    upload,
    uploaded,
)
from tests.system.server import Server
from tests.system.wire import connect

SMALL = bytes(range(256)) * 4  # 1024 bytes
LARGE = bytes(range(256)) * 400  # 102 400 bytes: streamed from a file
NOBODY = "ab" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("design")) as server:
        uploaded(server, SMALL, "video/mp4")
        uploaded(server, LARGE, "video/mp2t")
        uploaded(server, b"", "text/plain")
        yield server


def test_row_01_a_token_is_taken_in_every_usual_form(server: Server) -> None:
    """The whole table is in test_blossom_tokens.py."""
    header = token("upload", BlobId.of(SMALL), host=HOST)["Authorization"]
    padded = header + "=" * (-len(header.removeprefix("Nostr ")) % 4)
    for form in (
        header,
        padded,
        header.replace("Nostr", "nOSTR"),
        header.replace("Nostr ", "Nostr  "),
    ):
        answer = server.client.put("/upload", content=SMALL, headers={"Authorization": form})
        assert answer.status_code == 200


def test_row_02_an_x_tag_is_required_any_that_matches_counts_and_one_blob_goes(
    server: Server,
) -> None:
    one, two = uploaded(server, b"one"), uploaded(server, b"two")
    assert_refused(server.client.put("/upload", content=b"one", headers=token("upload")), 401)
    several = token("upload", NOBODY, one, two)
    assert server.client.put("/upload", content=b"one", headers=several).status_code == 200
    assert_refused(server.client.delete(f"/{one}", headers=token("delete")), 401)
    assert server.client.delete(f"/{one}", headers=token("delete", two, one)).status_code == 204
    assert_refused(server.get(f"/{one}"), 404)
    assert server.body(f"/{two}") == b"two"


def test_row_03_a_missing_token_is_401_for_head_too_and_a_bad_one_ignored_on_a_public_get(
    server: Server,
) -> None:
    for headers in ({}, {"Authorization": "Nostr x"}):
        assert_refused(server.client.put("/upload", content=b"x", headers=headers), 401)
        assert_refused(server.client.head("/upload", headers=headers | ahead(1)), 401)
        assert server.client.get(f"/{BlobId.of(SMALL)}", headers=headers).content == SMALL


def test_row_04_new_is_201_known_200_a_mismatch_409_and_asking_200(server: Server) -> None:
    assert upload(server, b"row four").status_code == 201
    assert upload(server, b"row four").status_code == 200
    headers = token("upload", NOBODY) | {"X-SHA-256": NOBODY}
    assert_refused(server.client.put("/upload", content=b"row four", headers=headers), 409)
    told = token("upload", NOBODY) | ahead(8, NOBODY)
    assert server.client.head("/upload", headers=told).status_code == 200
    assert_refused(server.client.head("/upload", headers=token("upload", NOBODY)), 411)


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=len)
@pytest.mark.parametrize("extension", ["", ".mp4", ".bin"])
def test_row_05_head_is_get_without_its_body_on_the_wire(
    server: Server, data: bytes, extension: str
) -> None:
    path = f"/{BlobId.of(data)}{extension}"
    got, head = (until_close(server, method, path) for method in ("GET", "HEAD"))
    assert got[0][0] == head[0][0] == "HTTP/1.1 200 OK"
    assert (got[1], head[1]) == (data, b"")
    assert head[0] == got[0]
    assert {f"content-length: {len(data)}", "accept-ranges: bytes"} < head[0][1]


def until_close(server: Server, method: str, path: str) -> tuple[tuple[str, set[str]], bytes]:
    """Return status line and headers, but the date, and all bytes that follow."""
    answer = b""
    with connect(server.address) as line:
        line.sendall(head_of(method, path, {"Host": HOST, "Connection": "close"}))
        while piece := line.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return (status, {text for text in headers if not text.startswith("date:")}), body


def model(header: str, size: int) -> tuple[int, int] | bool | None:
    """Say what a range asks for: a span, False for 416, None for everything."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return (max(0, size - int(found[2])), size) if int(found[2]) else False
    first, last = int(found[1]), int(found[2] or size)
    if found[2] and last < first:
        return None
    return (first, min(last + 1, size)) if first < size else False


numbers = st.one_of(st.integers(0, 1100), st.integers(102_000, 103_000), st.integers(0, 10**25))
texts = st.one_of(st.just(""), numbers.map(str))
ranges = st.one_of(
    st.builds("bytes={}-{}".format, texts, texts),
    st.sampled_from(
        ["bytes=0-1,2-3", "lines=0-1", "bytes=a-b", "bytes=--1", "bytes", "0-1", "bytes=1"]
    ),
)


@given(data=st.sampled_from([SMALL, LARGE]), header=ranges)
def test_row_06_every_range_is_what_a_simple_model_says(
    server: Server, data: bytes, header: str
) -> None:
    blob_id = BlobId.of(data)
    answer = server.client.get(f"/{blob_id}", headers={"Range": header})
    span = model(header, len(data))
    if span is False:
        assert_refused(answer, 416)
        assert answer.headers["content-range"] == f"bytes */{len(data)}"
    elif isinstance(span, tuple):
        start, stop = span
        assert (answer.status_code, answer.content) == (206, data[start:stop])
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(data)}"
    else:
        assert (answer.status_code, answer.content) == (200, data)


def test_row_06_conditions_are_honoured(server: Server) -> None:
    blob_id = BlobId.of(SMALL)
    tag = f'"{blob_id}"'
    assert server.get(f"/{blob_id}").headers["etag"] == tag
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        for method in ("GET", "HEAD"):
            answer = server.client.request(method, f"/{blob_id}", headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
    for condition, status in ((tag, 206), (f"W/{tag}", 200), ('"x"', 200)):
        headers = {"Range": "bytes=0-9", "If-Range": condition}
        assert server.client.get(f"/{blob_id}", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/BLOB", {}, 200),
        ("GET", "/BLOB", {"Range": "bytes=0-1"}, 206),
        ("GET", "/BLOB", {"If-None-Match": "*"}, 304),
        ("GET", "/BLOB", {"Range": "bytes=9999-"}, 416),
        ("GET", f"/{NOBODY}", {}, 404),
        ("GET", f"/{NOBODY.upper()}", {}, 400),
        ("POST", "/BLOB", {}, 405),
        ("PATCH", "/upload", {}, 405),
        ("PUT", "/upload", {}, 401),
        ("HEAD", "/upload", {}, 411),
        ("PUT", "/mirror", {}, 401),
        ("HEAD", "/media", {}, 411),
        ("PUT", "/report", {}, 400),
        ("GET", "/list/x", {}, 400),
        ("DELETE", "/BLOB", {}, 401),
        ("GET", "/nothing/at/all", {}, 404),
        ("GET", "/schema/openapi.json", {}, 200),
    ],
)  # fmt: skip
def test_row_07_every_answer_may_be_read_by_pages_of_other_origins(
    server: Server, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    url = path.replace("BLOB", BlobId.of(SMALL))
    answer = server.client.request(method, url, headers=headers | {"Origin": "https://x.example"})
    assert answer.status_code == status
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    exposed = answer.headers["access-control-expose-headers"]
    for name in ("X-Reason", "Content-Range", "ETag", "Retry-After", "Sunset", "WWW-Authenticate"):
        assert name in exposed
    preflight = server.client.options(url, headers={"Access-Control-Request-Method": method})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "Authorization, *"
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, PUT, DELETE"
    assert preflight.headers["access-control-max-age"] == "86400"


@pytest.mark.parametrize("extension", ["m3u8", "ts", "m4s", "mp4", "vtt", "jpg", "webp"])
def test_row_08_types_and_extensions_map_both_ways(server: Server, extension: str) -> None:
    media_type = type_of(extension)
    data = f"row eight {extension}".encode()
    said = upload(server, data, media_type).json()
    assert (said["type"], said["url"].rpartition(".")[2]) == (media_type, extension)
    for name in (f".{extension}", ".mp3", ".0", ""):
        answer = server.get(f"/{BlobId.of(data)}{name}")
        assert (answer.content, answer.headers["content-type"]) == (data, media_type)


def test_row_08_a_descriptor_s_url_always_has_an_extension_that_is_served() -> None:
    path = re.compile(r"[a-z0-9]+")
    known = mimetypes.MimeTypes().types_map[1].values()
    for media_type in (
        *known,
        "x/unknown",
        "text/html; charset=utf-8",
        "",
        "application/x-mpegURL",
    ):
        assert path.fullmatch(extension_of(media_type)), media_type


@pytest.mark.parametrize("path", ["A" * 64, "0" * 63, "0" * 65, "0" * 64 + ".", "0" * 64 + ".A",
                                  "0" * 64 + ".a.b", "0" * 64 + "/", "0" * 64 + ".é"])  # fmt: skip
def test_row_08_nothing_else_is_a_blob_s_path(server: Server, path: str) -> None:
    assert_refused(server.get(f"/{path}"), 400)


def test_row_09_a_mirror_does_not_look_into_our_network(server: Server) -> None:
    """More of it in test_blossom_mirror.py."""
    for host in ("127.0.0.1", "localhost", "169.254.169.254", "10.1.2.3", "[::1]"):
        assert_refused(mirror(server, f"http://{host}/{NOBODY}", NOBODY), 403, 502)


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml",
                                        "text/xml", "application/pdf"])  # fmt: skip
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-3"}])
def test_row_10_what_was_uploaded_does_not_run_in_our_origin(
    server: Server, media_type: str, headers: dict[str, str]
) -> None:
    blob_id = uploaded(server, f"<script>{media_type}</script>".encode(), media_type)
    for method in ("GET", "HEAD"):
        answer = server.client.request(method, f"/{blob_id}", headers=headers)
        assert answer.headers["content-type"] == media_type
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"].split("; ")
        assert "sandbox" in policy
        assert "default-src 'none'" in policy


def test_row_11_head_of_the_root_is_2xx(server: Server) -> None:
    """The local cache is in test_blossom_cache.py."""
    answer = server.client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_row_12_an_acknowledged_blob_is_listed_and_there(server: Server) -> None:
    """That it survives `kill -9` is in test_blossom_crash.py."""
    said = upload(server, b"row twelve", key=BOB).json()
    assert server.json(f"/list/{BOB.pubkey}") == [said]
    assert server.body(f"/{said['sha256']}") == b"row twelve"
    assert_refused(delete(server, said["sha256"], ALICE), 403)

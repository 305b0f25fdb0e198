"""`GET`, `HEAD` and `OPTIONS` of blob paths, over the wire."""

from __future__ import annotations

import httpx
import pytest

from tests.blossom.conftest import HEX, LARGE, SMALL, Address, FakeSource, exchange


@pytest.mark.parametrize("data", [b"", b"x", SMALL, b"y" * 65536, b"z" * 65537, LARGE])
def test_a_blob_is_served_byte_for_byte(
    source: FakeSource, client: httpx.Client, data: bytes
) -> None:
    answer = client.get(f"/{source.add(data)}")
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-length"] == str(len(data))


def test_a_blob_is_served_with_all_its_headers(source: FakeSource, client: httpx.Client) -> None:
    blob_id = source.add(SMALL, "application/vnd.apple.mpegurl")
    headers = client.get(f"/{blob_id}.m3u8").headers
    assert headers["content-type"] == "application/vnd.apple.mpegurl"
    assert headers["accept-ranges"] == "bytes"
    assert headers["etag"] == f'"{blob_id}"'
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert "allow-scripts" not in headers["content-security-policy"]


@pytest.mark.parametrize("extension", ["", ".ts", ".m3u8", ".pdf", ".0"])
def test_any_extension_is_the_same_blob_of_its_own_type(
    source: FakeSource, client: httpx.Client, extension: str
) -> None:
    answer = client.get(f"/{source.add(SMALL, 'video/mp4')}{extension}?xs=cdn.example.com")
    assert (answer.content, answer.headers["content-type"]) == (SMALL, "video/mp4")


@pytest.mark.parametrize("data", [b"", SMALL, LARGE])
def test_head_is_get_without_the_body(
    source: FakeSource, client: httpx.Client, data: bytes
) -> None:
    path = f"/{source.add(data)}.ts"
    get, head = client.get(path), client.head(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert without_date(head) == without_date(get)


def test_head_has_no_body_on_the_wire_and_ignores_range(
    source: FakeSource, server: Address
) -> None:
    request = (
        f"HEAD /{source.add(SMALL)} HTTP/1.1\nHost: x\nRange: bytes=0-1\nConnection: close\n\n"
    )
    answer = exchange(server, request)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")
    assert b"content-length: 1000\r\n" in answer


def without_date(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


def test_a_type_that_no_header_can_hold_is_octets(source: FakeSource, client: httpx.Client) -> None:
    blob_id = source.add(SMALL, "text/x\r\nSet-Cookie: a=b")
    answer = client.get(f"/{blob_id}")
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "path",
    [
        HEX.upper(),
        HEX[:-1] + "A.ts",
        HEX[:63] + ".ts",
        HEX[:60],
        HEX + "0",
        HEX + "0.ts",
        HEX + ".",
        HEX + ".TS",
        HEX + ".tar.gz",
        HEX + ".t-s",
        HEX + "/",
        HEX + ".ts/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_meant_as_a_blob_s_path_but_isn_t_one_is_a_bad_request(
    client: httpx.Client, path: str, method: str
) -> None:
    answer = client.request(method, f"/{path}")
    assert answer.status_code == 400
    assert "64 lowercase hex" in answer.headers["x-reason"]
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path",
    ["/", "/api/v1/shows", f"/{HEX[:59]}", f"/{HEX}/x", f"//{HEX}", f"/x/{HEX}", f"/{'g' * 64}"],
)
def test_every_other_path_is_handed_on(server: Address, path: str) -> None:
    answer = exchange(server, f"GET {path} HTTP/1.1\nHost: x\nConnection: close\n\n")
    assert answer.startswith(b"HTTP/1.1 418 ")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_other_methods_on_a_blob_path_are_handed_on(client: httpx.Client, method: str) -> None:
    assert client.request(method, f"/{HEX}.ts").status_code == 418


def test_preflight_is_answered_as_bud_01_says(client: httpx.Client) -> None:
    answer = client.options(f"/{HEX}.ts")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "Authorization, *"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, PUT, DELETE"
    assert answer.headers["access-control-max-age"] == "86400"


def test_a_bad_token_on_a_public_get_is_ignored(source: FakeSource, client: httpx.Client) -> None:
    answer = client.get(f"/{source.add(SMALL)}", headers={"Authorization": "Nostr not-base64!"})
    assert answer.content == SMALL


def test_many_requests_share_one_connection(source: FakeSource, server: Address) -> None:
    small, large = source.add(SMALL), source.add(LARGE)
    pipelined = f"GET /{small} HTTP/1.1\nHost: x\n\nGET /{large} HTTP/1.1\nHost: x\n\n"
    last = f"GET /{small} HTTP/1.1\nHost: x\nConnection: close\n\n"
    answer = exchange(server, pipelined + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert LARGE in answer
    assert answer.endswith(b"\r\n\r\n" + SMALL)

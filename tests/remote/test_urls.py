"""Which URLs may be requested, and the meaning of `xs` hints."""

from __future__ import annotations

import httpx
import pytest

from blobhls.errors import BadRequest, FetchFailed
from blobhls.remote.urls import checked_url, redirected, server_origins

BAD = [
    "",
    "cdn.example.com/x",
    "//cdn.example.com/x",
    "/etc/passwd",
    "file:///etc/passwd",
    "ftp://cdn.example.com/x",
    "gopher://cdn.example.com/x",
    "unix:/run/docker.sock",
    "data:text/plain,x",
    "blossom:0123",
    "http://",
    "http:///x",
    "http://:80/x",
    "http://user@cdn.example.com/x",
    "http://user:secret@cdn.example.com/x",
    "http://@cdn.example.com/x",
    "http://cdn.example.com:0/x",
    "http://cdn.example.com:99999/x",
    "http://cdn.example.com:x/x",
    "http://[::1/x",
    "http://cdn.example.com/\r\nHost: other",
    "http://cdn.example.com/\x00",
    "http://exa mple.com/",
    "http://cdn.example.com/" + "x" * 3000,
]


@pytest.mark.parametrize("text", BAD)
def test_other_urls_than_plain_http_are_a_bad_request(text: str) -> None:
    with pytest.raises(BadRequest):
        checked_url(text)


def test_a_fragment_is_not_sent() -> None:
    assert str(checked_url("HTTPS://CDN.example.com:443/a?b#c")) == "https://cdn.example.com/a?b"


@pytest.mark.parametrize(
    "location",
    [None, "", "file:///etc/passwd", "http://u:p@x.example/", "http://[", "https://x\x00"],
)
def test_a_redirect_to_an_invalid_url_is_the_servers_failure(location: str | None) -> None:
    with pytest.raises(FetchFailed):
        redirected(httpx.URL("http://cdn.example.com/a"), location)


def test_a_redirect_may_be_relative_and_may_become_https() -> None:
    url = httpx.URL("http://cdn.example.com/a/b")
    assert str(redirected(url, "../c")) == "http://cdn.example.com/c"
    assert str(redirected(url, "https://other.example/d")) == "https://other.example/d"


def test_a_redirect_from_https_to_http_is_not_followed() -> None:
    with pytest.raises(FetchFailed, match="https to http"):
        redirected(httpx.URL("https://cdn.example.com/a"), "http://cdn.example.com/a")


@pytest.mark.parametrize(
    ("hint", "origins"),
    [
        ("cdn.example.com", ["https://cdn.example.com", "http://cdn.example.com"]),
        (" CDN.Example.com ", ["https://cdn.example.com", "http://cdn.example.com"]),
        ("cdn.example.com:3000", ["https://cdn.example.com:3000", "http://cdn.example.com:3000"]),
        ("127.0.0.1:24242", ["https://127.0.0.1:24242", "http://127.0.0.1:24242"]),
        ("[2606:4700::1]", ["https://[2606:4700::1]", "http://[2606:4700::1]"]),
        ("https://cdn.example.com", ["https://cdn.example.com"]),
        ("https://cdn.example.com/", ["https://cdn.example.com"]),
        ("http://cdn.example.com:80", ["http://cdn.example.com"]),
        ("bücher.example", ["https://xn--bcher-kva.example", "http://xn--bcher-kva.example"]),
    ],
)
def test_a_hint_names_the_origins_to_try(hint: str, origins: list[str]) -> None:
    assert server_origins(hint) == origins


@pytest.mark.parametrize(
    "hint",
    [
        "",
        "cdn.example.com/x",
        "https://cdn.example.com/x",
        "https://cdn.example.com/?a=b",
        "https://cdn.example.com?",
        "cdn.example.com#x",
        "user@cdn.example.com",
        "ftp://cdn.example.com",
        "https://u:p@cdn.example.com",
        "https://",
        "javascript:alert(1)",
        "a b",
    ],
)
def test_a_hint_with_more_than_scheme_and_host_is_a_bad_request(hint: str) -> None:
    with pytest.raises(BadRequest):
        server_origins(hint)

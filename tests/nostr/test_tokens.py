"""Authorization tokens: every check of BUD-11, without HTTP."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.blob import BlobId
from blobhls.errors import Unauthorized
from blobhls.nostr import (
    SecretKey,
    Token,
    Verb,
    check_token,
    host_of,
    make_authorization,
    read_authorization,
)
from tests.nostr.variants import BAD, GOOD, Around

KEY = SecretKey(b"\x01" * 32)
BLOB = BlobId.of(b"a blob")
HOST = "blobs.example.net"


def checked(header: str, now: float) -> Token:
    token = check_token(read_authorization(header), "upload", (HOST,), now)
    token.require(BLOB)
    return token


@pytest.fixture
def around() -> Around:
    return Around(KEY, BLOB, HOST, int(time.time()))


@pytest.mark.parametrize("variant", GOOD)
def test_a_valid_token_is_accepted(around: Around, variant: str) -> None:
    assert checked(GOOD[variant](around), around.now).pubkey == KEY.pubkey


@pytest.mark.parametrize("variant", BAD)
def test_a_bad_token_is_unauthorized_and_says_why(around: Around, variant: str) -> None:
    header = BAD[variant](around)
    with pytest.raises(Unauthorized) as caught:
        checked(header, around.now)
    assert str(caught.value)


@given(
    verb=st.sampled_from(("get", "upload", "list", "delete", "media")),
    blobs=st.lists(st.binary(max_size=4).map(BlobId.of), max_size=5),
    now=st.integers(1, 1 << 40),
    lifetime=st.integers(1, 10_000),
)
def test_our_own_token_is_valid_until_it_expires(
    verb: Verb, blobs: list[BlobId], now: int, lifetime: int
) -> None:
    header = make_authorization(KEY, verb, blobs, host=HOST, now=now, lifetime=lifetime)
    event = read_authorization(header)
    token = check_token(event, verb, {HOST}, now + lifetime - 1)
    assert token == Token(KEY.pubkey, frozenset(blobs))
    with pytest.raises(Unauthorized, match="expired"):
        check_token(event, verb, {HOST}, now + lifetime)
    with pytest.raises(Unauthorized, match="another server"):
        check_token(event, verb, {"elsewhere.example.net"}, now)


@given(st.text(max_size=200))
def test_no_header_raises_anything_but_unauthorized(text: str) -> None:
    with pytest.raises(Unauthorized):
        checked(text, 0)
    with pytest.raises(Unauthorized):
        checked(f"Nostr {text}", 0)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("cdn.example.com", "cdn.example.com"),
        ("CDN.Example.COM", "cdn.example.com"),
        ("cdn.example.com:24242", "cdn.example.com"),
        ("https://cdn.example.com", "cdn.example.com"),
        ("https://cdn.example.com:8443/upload?x=1", "cdn.example.com"),
        (" cdn.example.com ", "cdn.example.com"),
        ("127.0.0.1:24242", "127.0.0.1"),
        ("[::1]:24242", "::1"),
        ("http://[2001:DB8::1]/", "2001:db8::1"),
        ("", ""),
    ],
)
def test_hosts_are_compared_in_lower_case_without_port(text: str, host: str) -> None:
    assert host_of(text) == host


def test_a_token_without_x_tags_is_valid_only_where_none_is_needed() -> None:
    token = Token(KEY.pubkey, frozenset())
    token.allow(BLOB)
    with pytest.raises(Unauthorized):
        token.require()


def test_a_token_with_x_tags_is_valid_for_those_blobs_only() -> None:
    token = Token(KEY.pubkey, frozenset({BLOB}))
    token.allow(BLOB)
    token.require(BLOB)
    with pytest.raises(Unauthorized, match="names"):
        token.allow(BlobId.of(b"another"))

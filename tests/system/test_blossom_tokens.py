"""Tokens as they travel: good, or exactly 401 that says why (BUD-11, rows 1 to 3)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from blobhls.blob import BlobId
from blobhls.nostr import Verb
from tests.nostr.variants import BAD, GOOD, Around
from tests.system.blossom import ALICE, HOST, ahead, assert_refused, serving, token, uploaded
from tests.system.server import Server

DATA = b"what the tokens are for"
BLOB = BlobId.of(DATA)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("tokens")) as server:
        uploaded(server, DATA)
        yield server


@pytest.fixture
def around() -> Around:
    return Around(ALICE, BLOB, HOST, int(time.time()))


@pytest.mark.parametrize("variant", GOOD)
def test_a_good_token_uploads(server: Server, around: Around, variant: str) -> None:
    headers = {"Authorization": GOOD[variant](around)}
    assert server.client.put("/upload", content=DATA, headers=headers).status_code == 200
    answer = server.client.head("/upload", headers=headers | ahead(len(DATA), BLOB))
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("variant", BAD)
def test_a_bad_token_is_401(server: Server, around: Around, variant: str) -> None:
    headers = {"Authorization": BAD[variant](around)}
    assert_refused(server.client.put("/upload", content=DATA, headers=headers), 401)
    assert_refused(server.client.head("/upload", headers=headers | ahead(len(DATA), BLOB)), 401)


@pytest.mark.parametrize("variant", BAD)
def test_a_bad_token_is_ignored_where_none_is_needed(
    server: Server, around: Around, variant: str
) -> None:
    headers = {"Authorization": BAD[variant](around)}
    for path in ("/", f"/{BLOB}", f"/{BLOB}.bin", f"/list/{ALICE.pubkey}", "/api/v1/shows"):
        assert server.client.get(path, headers=headers).status_code == 200
        assert server.client.head(path, headers=headers).status_code == 200


@pytest.mark.parametrize("data", [b"", "Nostr é".encode(), b"Nostr \xff\xfe", b"\x80"])
def test_bytes_that_are_no_text_are_no_token(server: Server, data: bytes) -> None:
    answer = server.client.put("/upload", content=DATA, headers=[(b"Authorization", data)])
    assert_refused(answer, 401)


ENDPOINTS: list[tuple[str, str, Verb]] = [
    ("PUT", "/upload", "upload"),
    ("HEAD", "/upload", "upload"),
    ("PUT", "/media", "media"),
    ("HEAD", "/media", "media"),
    ("PUT", "/mirror", "upload"),
    ("DELETE", f"/{BLOB}", "delete"),
    ("DELETE", f"/{BLOB}.bin", "delete"),
]
VERBS: list[Verb] = ["get", "upload", "list", "delete", "media"]


@pytest.mark.parametrize(("method", "path", "verb"), ENDPOINTS)
def test_every_endpoint_that_writes_wants_a_token_of_its_own_verb_with_an_x_tag(
    server: Server, method: str, path: str, verb: Verb
) -> None:
    """Blobs are named although the body is none: a token is looked at before the body."""
    told = ahead(len(DATA), BLOB) if method == "HEAD" else {}

    def ask(headers: dict[str, str]) -> httpx.Response:
        return server.client.request(method, path, headers=told | headers)

    assert_refused(ask({}), 401)
    for other in VERBS:
        if other != verb:
            assert_refused(ask(token(other, BLOB)), 401)
    assert_refused(ask(token(verb)), 401)
    if path != "/mirror":  # which has its own status for that (BUD-04: 409)
        assert_refused(ask({"X-SHA-256": BLOB} | token(verb, BlobId.of(b"another"))), 401)
    assert server.get(f"/{BLOB}").content == DATA

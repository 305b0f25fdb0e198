"""Which clients may read and write, and how much, on the wire (BUD-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.nostr import SecretKey, npub
from tests.system.blossom import (
    ALICE,
    BOB,
    CAROL,
    HOST,
    ahead,
    assert_refused,
    delete,
    empty_home,
    listed,
    mirror,
    raw,
    serving,
    token,
    upload,
    uploaded,
)
from tests.system.server import Home, Server

NOBODY = "ab" * 32
Starts = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="module", params=["token", "allowlist"])
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clip_mp4: Path
) -> Iterator[Server]:
    """A server with restricted reading; Alice uploads, Bob reads."""
    folder = tmp_path_factory.mktemp("guarded")
    home = Home(folder / "library", folder)
    home.library.mkdir()
    (home.library / "film.mp4").symlink_to(clip_mp4)
    people = ("--readers", npub(BOB.pubkey), "--uploaders", ALICE.pubkey)
    access = ("--read-access", request.param, "--upload-access", "allowlist")
    with home.serving(*access, *people) as server:
        yield server


@pytest.fixture(scope="module")
def strangers(guarded: Server) -> list[SecretKey]:
    """Keys that may not read; none, where any key may."""
    command = guarded.process.args
    assert isinstance(command, list)
    return [CAROL] if command[command.index("--read-access") + 1] == "allowlist" else []


def test_a_blob_is_read_by_token(guarded: Server, strangers: list[SecretKey]) -> None:
    blob_id = uploaded(guarded, b"read by token")
    for method in ("GET", "HEAD"):
        for name in (blob_id, f"{blob_id}.bin"):
            assert_refused(guarded.client.request(method, f"/{name}"), 401)
            wrong = [token("list"), token("get", NOBODY), token("get", host="example.com")]
            for headers in (*wrong, {"Authorization": "Bearer x"}):
                assert_refused(guarded.client.request(method, f"/{name}", headers=headers), 401)
            for key in strangers:
                headers = token("get", blob_id, key=key)
                assert_refused(guarded.client.request(method, f"/{name}", headers=headers), 403)
            for headers in (token("get", key=BOB), token("get", blob_id, NOBODY)):
                answer = guarded.client.request(method, f"/{name}", headers=headers)
                assert answer.status_code == 200
                assert answer.content == (b"read by token" if method == "GET" else b"")


def test_a_client_that_may_not_read_does_not_learn_what_is_here(guarded: Server) -> None:
    blob_id = uploaded(guarded, b"hidden")
    etag = {"If-None-Match": f'"{blob_id}"', "Range": "bytes=99-"}
    answers = [guarded.client.get(f"/{each}", headers=etag) for each in (blob_id, NOBODY)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content


def test_a_preflight_needs_no_token(guarded: Server) -> None:
    for path in (f"/{NOBODY}", "/upload", "/list/x", "/api/v1/video/x/master.m3u8"):
        answer = guarded.client.options(path)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-headers"] == "Authorization, *"


def test_a_video_is_watched_by_the_same_rule(guarded: Server, strangers: list[SecretKey]) -> None:
    video = f"/api/v1/video/{Home.video_id('film.mp4')}"
    for path in ("", "/master.m3u8", "/source_h264/stream.m3u8", "/source_h264/0.ts", "/root"):
        for method in ("GET", "HEAD"):

            def ask(headers: dict[str, str], url: str = video + path, how: str = method) -> int:
                answer = guarded.client.request(how, url, headers=headers)
                if answer.status_code >= 400:
                    assert_refused(answer, answer.status_code)
                return answer.status_code

            assert ask({}) == 401
            assert ask(token("list", key=BOB)) == 401
            assert ask(token("get", NOBODY, key=BOB)) == 401  # for a blob, not for a video
            assert ask(token("get", key=BOB)) in {200, 202}
            assert all(ask(token("get", key=key)) == 403 for key in strangers)
    for write in (guarded.client.put(f"{video}/progress"), guarded.client.post(f"{video}/seal")):
        assert_refused(write, 401)


@pytest.mark.parametrize("path", ["//api/v1/video/{}", "/api//v1/video/{}", "/api/v1//video/{}",
                                  "/%61pi/v1/video/{}", "/api/v1/video//{}"])  # fmt: skip
def test_no_way_of_writing_a_path_leads_around_the_rule(guarded: Server, path: str) -> None:
    name = Home.video_id("film.mp4")
    for rest in ("", "/master.m3u8", "/source_h264/0.ts"):
        assert raw(guarded, "GET", path.format(name) + rest, {}).status == 401


def test_readers_and_the_key_itself_may_list(guarded: Server, strangers: list[SecretKey]) -> None:
    path = f"/list/{ALICE.pubkey}"
    assert_refused(guarded.get(path), 401)
    assert_refused(guarded.client.get(path, headers=token("get", key=BOB)), 401)
    for key in (ALICE, BOB):
        assert guarded.client.get(path, headers=token("list", key=key)).status_code == 200
    for key in strangers:
        assert_refused(guarded.client.get(path, headers=token("list", key=key)), 403)
        own = guarded.client.get(f"/list/{key.pubkey}", headers=token("list", key=key))
        assert own.status_code == 200


def test_a_key_that_is_not_on_the_list_uploads_nothing(guarded: Server) -> None:
    assert upload(guarded, b"hers", key=ALICE).status_code in {200, 201}
    for key in (BOB, CAROL):
        blob_id = BlobId.of(b"his")
        assert_refused(upload(guarded, b"his", key=key), 403)
        assert_refused(mirror(guarded, "http://example.com/", blob_id, key=key), 403)
        headers = token("media", blob_id, key=key)
        assert_refused(guarded.client.put("/media", content=b"his", headers=headers), 403)
        assert_refused(delete(guarded, blob_id, key), 404)


@pytest.fixture
def starts(tmp_path: Path) -> Starts:
    """Start an open server with some flags."""
    return lambda *flags: serving(tmp_path, *flags)


def test_uploads_are_refused_unless_the_operator_allows_them(tmp_path: Path) -> None:
    with empty_home(tmp_path).serving() as server:
        assert_refused(upload(server, b"x"), 403)
        headers = token("upload", BlobId.of(b"x")) | ahead(1)
        assert_refused(server.client.head("/upload", headers=headers), 403)
        assert_refused(server.client.put("/upload", content=b"x"), 403)
        assert_refused(mirror(server, "http://example.com/", NOBODY), 403)
        assert_refused(server.client.put("/media", content=b"x", headers=token("media")), 403)


def test_a_key_has_so_many_blobs_and_bytes_and_all_have_so_many(starts: Starts) -> None:
    quotas = ("--key-quota", "1000", "--key-blobs", "3", "--upload-quota", "1500")
    with starts(*quotas) as server:
        assert upload(server, bytes(600)).status_code == 201
        assert_refused(upload(server, bytes(401)), 429)
        told = token("upload", NOBODY) | ahead(401, NOBODY)
        assert_refused(server.client.head("/upload", headers=told), 429)
        hers = upload(server, bytes(600), X_SHA_256=BlobId.of(bytes(600)))
        assert hers.status_code == 200  # known to be hers before its bytes come
        assert upload(server, bytes(400)).status_code == 201
        assert upload(server, b"").status_code == 201
        assert_refused(upload(server, b"x", key=ALICE), 429)  # a fourth blob
        assert_refused(upload(server, bytes(501), key=BOB), 507)
        assert upload(server, bytes(500), key=BOB).status_code == 201
        full = upload(server, b"x", key=CAROL)
        assert_refused(full, 507)
        assert int(full.headers["retry-after"]) > 0
        assert len(listed(server)) == 3
        assert delete(server, BlobId.of(bytes(600))).status_code == 204
        assert upload(server, b"x", key=CAROL).status_code == 201
        assert upload(server, b"y", key=ALICE).status_code == 201


def test_bytes_that_were_not_announced_count_too(starts: Starts) -> None:
    with starts("--key-quota", "1000") as server:
        headers = token("upload", BlobId.of(bytes(1001)))
        answer = server.client.put("/upload", content=iter([bytes(1001)]), headers=headers)
        assert_refused(answer, 429)
        assert server.get(f"/{BlobId.of(bytes(1001))}").status_code == 404


@pytest.mark.parametrize(
    ("said", "data", "taken"),
    [
        ("image/png", b"x", True),
        ("IMAGE/AVIF; q=1", b"x", True),
        ("video/mp4", b"x", True),
        ("video/webm", b"x", False),
        ("text/html", b"x", False),
        (None, b"x", False),
        (None, b"GIF89a", True),
        ("application/octet-stream", b"%PDF-1.0", False),
    ],
)
def test_types_are_accepted_as_the_operator_says(
    typed: Server, said: str | None, data: bytes, taken: bool
) -> None:
    answer = upload(typed, data + str(said).encode(), said)
    if taken:
        assert answer.status_code == 201
    else:
        assert_refused(answer, 415)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("typed"), "--upload-types", "image/*,video/mp4") as server:
        yield server


def test_too_many_requests_are_refused_with_a_retry_after(starts: Starts) -> None:
    with starts("--rate-limit", "6") as server:
        answers = [upload(server, b"x") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [201, *[200] * 5, 429]
        assert_refused(answers[-1], 429)
        assert 0 < int(answers[-1].headers["retry-after"]) <= 10
        told = token("upload", NOBODY) | ahead(1)
        assert_refused(server.client.head("/upload", headers=told), 429)
        assert_refused(delete(server, BlobId.of(b"x")), 429)
        assert_refused(upload(server, b"x", key=BOB), 429)  # a new key costs nothing
        assert_refused(server.client.put("/report", content=b"{}"), 429)
        assert server.body(f"/{BlobId.of(b'x')}") == b"x"


def test_a_public_name_is_the_one_in_tokens_and_urls(starts: Starts) -> None:
    with starts("--public-url", "https://Blobs.Example.net:8443") as server:
        for host, status in (("blobs.example.net", 201), (HOST, 401)):
            headers = token("upload", BlobId.of(b"x"), host=host)
            answer = server.client.put("/upload", content=b"x", headers=headers)
            assert answer.status_code == status
            if status == 201:
                said = answer.json()
                url = f"https://blobs.example.net:8443/{BlobId.of(b'x')}.bin"
                assert (said["url"], said["nip94"][0]) == (url, ["url", url])
                assert server.json(f"/list/{ALICE.pubkey}")[0]["url"] == url

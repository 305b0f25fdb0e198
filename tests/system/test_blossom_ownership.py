"""Lists, deletions and reports on the wire (BUD-12, BUD-09)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.nostr import SecretKey, encode_event, npub
from tests.system.blossom import (
    ALICE,
    BOB,
    CAROL,
    assert_refused,
    delete,
    listed,
    mirror,
    report,
    report_event,
    serving,
    token,
    upload,
    uploaded,
)
from tests.system.origin import origin
from tests.system.server import Home, Server, until

NOBODY = "ab" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    flags = ("--moderators", npub(CAROL.pubkey), "--private-addresses", "true")
    with serving(tmp_path_factory.mktemp("managing"), *flags) as server:
        yield server


@pytest.fixture
def dora(server: Server) -> SecretKey:
    """A new key with seven uploads."""
    key = SecretKey.new()
    for number in range(7):
        uploaded(server, f"{key.pubkey} {number}".encode(), key=key)
    return key


def test_a_list_is_of_descriptors_newest_first(server: Server, dora: SecretKey) -> None:
    found = server.json(f"/list/{dora.pubkey}")
    assert len(found) == 7
    # Newest first; those of one second in the order of their hashes, which never changes.
    assert found == sorted(found, key=lambda each: (-each["uploaded"], each["sha256"]))
    for each in found:
        assert server.get(each["url"]).headers["content-length"] == str(each["size"])
        assert upload_again(server, each, dora) == each


def upload_again(server: Server, said: dict[str, str], key: SecretKey) -> object:
    return upload(server, server.body(f"/{said['sha256']}"), key=key).json()


def test_a_key_without_uploads_has_an_empty_list(server: Server) -> None:
    assert listed(server, SecretKey.new()) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_are_the_list(server: Server, dora: SecretKey, limit: int) -> None:
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while not pages or pages[-1]:
        pages.append(listed(server, dora, limit=limit, **cursor))
        assert len(pages[-1]) <= limit
        if pages[-1]:
            cursor = {"cursor": pages[-1][-1]}
    assert [blob for page in pages for blob in page] == listed(server, dora)


def test_a_page_goes_on_where_it_was_when_something_new_has_come(
    server: Server, dora: SecretKey
) -> None:
    first = listed(server, dora, limit=3)
    before = listed(server, dora, cursor=first[-1])
    uploaded(server, dora.pubkey.encode(), key=dora)
    after = listed(server, dora, cursor=first[-1])
    assert set(before) <= set(after) <= {*before, BlobId.of(dora.pubkey.encode())}


def test_a_list_may_be_bounded_in_time(server: Server, dora: SecretKey) -> None:
    whole = server.json(f"/list/{dora.pubkey}")
    newest, oldest = whole[0]["uploaded"], whole[-1]["uploaded"]
    assert len(listed(server, dora, since=oldest, until=newest)) == 7
    assert listed(server, dora, since=newest + 1) == []
    assert listed(server, dora, until=oldest - 1) == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1.5",
        "limit=",
        f"limit={10**30}x",
        "since=-1",
        "since=x",
        f"since={10**30}",
        "until=x",
        f"until={1 << 63}",
        f"cursor={NOBODY}",
        "cursor=",
        "cursor=x",
        f"cursor={'AB' * 32}",
        f"cursor={'%00' * 64}",
    ],
)
def test_a_list_that_makes_no_sense_is_a_bad_request(
    server: Server, dora: SecretKey, query: str
) -> None:
    assert_refused(server.get(f"/list/{dora.pubkey}?{query}"), 400)


@pytest.mark.parametrize("pubkey", ["x", "ab" * 31, "AB" * 32, "ab" * 33, npub(ALICE.pubkey)])
def test_a_key_that_is_none_is_a_bad_request(server: Server, pubkey: str) -> None:
    assert_refused(server.get(f"/list/{pubkey}"), 400)
    assert_refused(server.client.head(f"/list/{pubkey}"), 400)


def test_a_cursor_of_another_key_is_a_bad_request(server: Server, dora: SecretKey) -> None:
    other = uploaded(server, b"of somebody else", key=BOB)
    assert_refused(server.get(f"/list/{dora.pubkey}?cursor={other}"), 400)


def test_a_deleted_blob_is_not_listed_and_not_there(server: Server, dora: SecretKey) -> None:
    first, *others = listed(server, dora)
    answer = delete(server, first, dora)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert listed(server, dora) == others
    assert_refused(server.get(f"/{first}"), 404)
    assert_refused(delete(server, first, dora), 404)


def test_one_delete_deletes_one_blob(server: Server, dora: SecretKey) -> None:
    first, second, *_ = listed(server, dora)
    headers = token("delete", second, first, key=dora)
    assert server.client.delete(f"/{first}.bin", headers=headers).status_code == 204
    assert second in listed(server, dora)
    assert server.get(f"/{second}").status_code == 200


def test_only_an_owner_can_delete_a_blob(server: Server, dora: SecretKey) -> None:
    first, *_ = listed(server, dora)
    assert_refused(delete(server, first, BOB), 403)
    assert_refused(delete(server, NOBODY, BOB), 404)
    assert first in listed(server, dora)


def test_what_is_no_blob_can_not_be_deleted(server: Server) -> None:
    for name in ("x", NOBODY.upper(), NOBODY[1:], f"{NOBODY}.", "%00"):
        assert_refused(server.client.delete(f"/{name}", headers=token("delete", NOBODY)), 400)
    assert_refused(server.client.delete("/"), 405)


def test_blobs_of_a_title_stay_though_a_client_uploads_and_deletes_them(
    clip_mp4: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path / "library", tmp_path)
    home.library.mkdir()
    (home.library / "film.mp4").symlink_to(clip_mp4)
    with home.serving("--upload-access", "open") as server:
        video = server.video("film.mp4")
        playlist = server.root(video)
        segment = server.get(f"{video}/source_h264/0.ts").headers["etag"].strip('"')
        for blob_id in (playlist, segment):
            assert_refused(delete(server, blob_id), 403)
            data = server.body(f"/{blob_id}")
            answer = upload(server, data, "text/html")
            assert answer.status_code == 200
            assert answer.json()["type"] != "text/html"
            assert delete(server, blob_id).status_code == 204
            assert server.body(f"/{blob_id}") == data
            assert listed(server) == []


def test_a_report_is_stored_and_changes_nothing(server: Server, dora: SecretKey) -> None:
    first, *_ = listed(server, dora)
    for _ in range(2):
        answer = report(server, BOB, first)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
    assert server.get(f"/{first}").status_code == 200


def test_a_report_of_a_missing_blob_is_404(server: Server, dora: SecretKey) -> None:
    first, *_ = listed(server, dora)
    assert_refused(report(server, BOB, NOBODY), 404)
    assert report(server, BOB, NOBODY, first).status_code == 200


def test_a_moderator_s_report_removes_and_blocks_at_once(server: Server, dora: SecretKey) -> None:
    data = f"bad {dora.pubkey}".encode()
    blob_id = uploaded(server, data, key=dora)
    assert uploaded(server, data, key=BOB) == blob_id
    assert report(server, CAROL, blob_id).status_code == 200
    for key in (dora, BOB):
        assert blob_id not in listed(server, key)
        assert_refused(upload(server, data, key=key), 403)
        assert_refused(delete(server, blob_id, key), 404)
    assert_refused(server.get(f"/{blob_id}"), 404)
    assert_refused(server.client.head(f"/{blob_id}.txt"), 404)
    headers = token("upload", blob_id) | {"X-SHA-256": blob_id, "X-Content-Length": "9"}
    assert_refused(server.client.head("/upload", headers=headers), 403)
    with origin() as there:
        there.add(data)
        assert_refused(mirror(server, f"{there.url}/{blob_id}", blob_id), 403)
        there.pages["/unnamed"] = there.pages[f"/{blob_id}"]
        assert_refused(mirror(server, f"{there.url}/unnamed", blob_id), 403)


def test_a_moderator_may_block_a_blob_that_was_never_here(server: Server) -> None:
    assert report(server, CAROL, BlobId.of(b"beforehand")).status_code == 200
    assert_refused(upload(server, b"beforehand"), 403)


def test_bad_reports_are_bad_requests(server: Server, dora: SecretKey) -> None:
    first, *_ = listed(server, dora)
    good = encode_event(report_event(BOB, first))
    for body in (b"", b"{}", b"[]", b"\xff", b"[" * 60_000, good[:-1], good.replace(b"look", b"l")):
        assert_refused(server.client.put("/report", content=body), 400)
    assert_refused(report(server, BOB, first, kind=1), 400)
    assert_refused(report(server, BOB), 400)
    assert_refused(report(server, BOB, first.upper()), 400)
    assert_refused(report(server, BOB, *(f"{number:064x}" for number in range(101))), 400)
    assert_refused(server.client.put("/report", content=bytes(70_000)), 413)


def test_blocked_and_deleted_blobs_stay_away_over_a_restart(tmp_path: Path) -> None:
    home = Home(tmp_path / "library", tmp_path)
    home.library.mkdir()
    flags = ("--upload-access", "open", "--moderators", CAROL.pubkey)
    with home.serving(*flags) as server:
        blocked, deleted, kept = (uploaded(server, data) for data in (b"1", b"2", b"3"))
        assert report(server, CAROL, blocked).status_code == 200
        assert delete(server, deleted).status_code == 204
    with home.serving(*flags) as server:
        assert listed(server) == [kept]
        assert_refused(server.get(f"/{blocked}"), 404)
        assert_refused(upload(server, b"1"), 403)
        assert upload(server, b"2").status_code == 201
        until(lambda: server.get(f"/{kept}").content == b"3", "what was kept")

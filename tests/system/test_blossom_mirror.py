"""`PUT /mirror` on the wire, from a second server (BUD-04, row 9 of test_blossom_rules)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from tests.system.blossom import (
    ALICE,
    BOB,
    HOST,
    assert_refused,
    empty_home,
    head_of,
    listed,
    mirror,
    report,
    serving,
    staged,
    stored,
    token,
    uploaded,
)
from tests.system.origin import Origin, Page, origin
from tests.system.server import Home, Server, until
from tests.system.wire import connect

LIMIT = 200_000
OTHER = "ab" * 32
FLAGS = ("--upload-access", "open", "--max-blob-size", str(LIMIT), "--upload-types", "text/*,*/x")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return empty_home(tmp_path_factory.mktemp("mirror"))


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[Server]:
    with home.serving(*FLAGS, "--private-addresses", "true") as server:
        yield server


@pytest.fixture(scope="module")
def there() -> Iterator[Origin]:
    with origin() as there:
        yield there


@pytest.fixture(autouse=True)
def nothing_stays_in_staging(home: Home, server: Server) -> Iterator[None]:
    yield
    until(lambda: not staged(home), "an empty staging folder", 20)


@pytest.mark.parametrize("size", [0, 1, 70_000, LIMIT])
def test_a_blob_is_fetched_once_and_known_from_then_on(
    server: Server, there: Origin, size: int
) -> None:
    data = (b"mirrored" * LIMIT)[:size]
    blob_id = there.add(data, "text/plain; charset=utf-8")
    answer = mirror(server, f"{there.url}/{blob_id}.txt", blob_id)
    assert answer.status_code == 201
    said = answer.json()
    assert (said["sha256"], said["size"], said["type"]) == (blob_id, size, "text/plain")
    assert said["url"] == f"{server.address}/{blob_id}.txt"
    assert server.body(f"/{blob_id}") == data
    for key in (ALICE, BOB):
        assert mirror(server, f"{there.url}/{blob_id}.txt", blob_id, key=key).status_code == 200
        assert blob_id in listed(server, key)
    assert there.count("GET", f"/{blob_id}") == 1


@pytest.mark.parametrize(
    ("link", "said", "found"),
    [("{}.vtt", None, "text/vtt"), ("{}", "text/x", "text/x"), ("{}.vtt", "text/y", "text/y")],
)
def test_the_type_is_the_origin_s_or_that_of_the_extension(
    server: Server, there: Origin, link: str, said: str | None, found: str
) -> None:
    blob_id = there.add(f"{link} {said}".encode(), said)
    answer = mirror(server, f"{there.url}/{link.format(blob_id)}", blob_id)
    assert (answer.status_code, answer.json()["type"]) == (201, found)


def test_a_url_need_not_name_the_hash(server: Server, there: Origin) -> None:
    data = b"called otherwise"
    there.pages["/some/picture"] = Page(data, headers={"Content-Type": "text/plain"})
    assert mirror(server, f"{there.url}/some/picture?x=1", BlobId.of(data)).status_code == 201


def test_a_redirect_is_followed(server: Server, there: Origin) -> None:
    blob_id = there.add(b"elsewhere", "text/plain")
    there.pages["/moved"] = Page(status=302, headers={"Location": f"/{blob_id}"})
    assert mirror(server, f"{there.url}/moved", blob_id).status_code == 201


def test_other_bytes_than_the_token_names_are_a_conflict(
    server: Server, home: Home, there: Origin
) -> None:
    before = stored(home)
    blob_id = there.add(b"not what was said", "text/plain")
    assert_refused(mirror(server, f"{there.url}/{blob_id}", OTHER), 409)
    there.pages[f"/{OTHER}"] = there.pages[f"/{blob_id}"]
    assert_refused(mirror(server, f"{there.url}/{OTHER}.txt", OTHER), 409)
    assert stored(home) == before


REFUSED: dict[str, tuple[Page, tuple[int, ...]]] = {
    "missing": (Page(status=404), (502,)),
    "broken": (Page(status=500), (502,)),
    "forbidden": (Page(status=401), (502,)),
    "partial": (Page(b"x", status=206), (502,)),
    "nowhere": (Page(status=302), (502,)),
    "loop": (Page(status=302, headers={"Location": "/loop"}), (502,)),
    "file": (Page(status=302, headers={"Location": "file:///etc/passwd"}), (502,)),
    "inside": (Page(status=302, headers={"Location": "http://169.254.169.254/"}), (403,)),
    "gzip": (Page(b"x", headers={"Content-Encoding": "gzip"}), (502,)),
    "short": (Page(b"x", headers={"Content-Length": "2", "Connection": "close"}), (502,)),
    "large": (Page(bytes(LIMIT + 1), headers={"Content-Type": "text/plain"}), (413,)),
    "lying": (Page(b"x", headers={"Content-Length": str(1 << 40)}), (413,)),
    "video": (Page(b"x", headers={"Content-Type": "video/mp4"}), (415,)),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_the_origin_does_wrong_is_told(
    server: Server, home: Home, there: Origin, fault: str
) -> None:
    page, statuses = REFUSED[fault]
    there.pages[f"/{fault}"] = page
    before = stored(home)
    wanted = BlobId.of(page.body)
    assert_refused(mirror(server, f"{there.url}/{fault}", wanted), *statuses)
    assert stored(home) == before


def test_an_origin_that_is_not_there_is_a_bad_gateway(server: Server) -> None:
    with origin() as gone:
        url = f"{gone.url}/{OTHER}"
    assert_refused(mirror(server, url, OTHER), 502)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "//example.com",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://127.0.0.1:70/",
        "http://",
        "http://user:secret@example.com/",
        "http://xn--a/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://[::1",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: x",
        "http://" + "a" * 3000,
        "data:text/plain,x",
    ],
)
def test_a_url_that_can_not_be_fetched_is_a_bad_request(server: Server, url: str) -> None:
    assert_refused(mirror(server, url, OTHER), 400)


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"{}", b"[]", b'{"url": 1}', b'{"url": null}', b'"url"', b"\xff", b"[" * 10_000],
)
def test_a_body_that_names_no_url_is_a_bad_request(server: Server, body: bytes) -> None:
    answer = server.client.put("/mirror", content=body, headers=token("upload", OTHER))
    assert_refused(answer, 400)


def test_a_body_that_is_no_name_but_a_novel_is_too_large(server: Server) -> None:
    body = b'{"url": "http://x/' + b"x" * 20_000 + b'"}'
    answer = server.client.put("/mirror", content=body, headers=token("upload", OTHER))
    assert_refused(answer, 413)


INSIDE = ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254",
          "0.0.0.0", "[::ffff:127.0.0.1]", "100.64.0.1", "[fe80::1]", "[fc00::1]"]  # fmt: skip


def test_no_client_can_make_this_server_read_its_own_network(tmp_path: Path, there: Origin) -> None:
    blob_id = there.add(b"of our own network")
    with serving(tmp_path) as server:
        before = len(there.asked)
        for inside in INSIDE:
            answer = mirror(server, f"http://{inside}:{there.port}/{blob_id}", blob_id)
            # A machine without IPv6 can't even look such an address up.
            assert_refused(answer, *((403, 502) if "[" in inside else (403,)))
        for odd in ("127.1", "0x7f000001", "2130706433", "0177.0.0.1"):
            assert_refused(mirror(server, f"http://{odd}:{there.port}/", blob_id), 403, 400, 502)
        assert len(there.asked) == before


def test_fetching_stops_when_the_client_disconnects(
    home: Home, server: Server, there: Origin
) -> None:
    blob_id = there.add(b"nobody waits for this", "text/plain")
    body = f'{{"url": "{there.url}/{blob_id}"}}'.encode()
    headers = {"Host": HOST, "Content-Length": str(len(body)), **token("upload", blob_id)}
    there.gate.clear()
    try:
        with connect(server.address) as line:
            line.sendall(head_of("PUT", "/mirror", headers) + body)
            until(lambda: there.count("GET", f"/{blob_id}"), "a fetch", 20)
        # The server notices before the origin answers; another request is answered meanwhile.
        until(lambda: server.get("/").status_code == 200, "an answer", 20)
    finally:
        there.gate.set()
    assert server.get(f"/{blob_id}").status_code in {404, 200}


def test_mirroring_a_playlist_fetches_its_tree_if_enabled(tmp_path: Path, there: Origin) -> None:
    segments = [there.add(f"segment {number}".encode(), "video/mp2t") for number in range(3)]
    lines = [line for blob in segments for line in ("#EXTINF:6.0,", f"{blob}.ts")]
    head = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:6", "#EXT-X-PLAYLIST-TYPE:VOD"]
    kind = "application/vnd.apple.mpegurl"
    media = there.add("\n".join([*head, *lines, "#EXT-X-ENDLIST", ""]).encode(), kind)
    root = there.add(
        f'#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n{media}.m3u8\n'.encode(), kind
    )  # fmt: skip
    with serving(tmp_path, "--private-addresses", "true", "--mirror-trees", "true") as server:
        assert mirror(server, f"{there.url}/{root}.m3u8", root).status_code == 201
        tree = {root, media, *segments}
        assert set(listed(server)) == tree
        assert all(server.get(f"/{blob}").status_code == 200 for blob in tree)
        assert mirror(server, f"{there.url}/{root}.m3u8", root, key=BOB).status_code == 200
        assert set(listed(server, BOB)) == tree
        del there.pages[f"/{segments[0]}"]
        more = there.add(b"#EXTM3U\n" + f"#EXTINF:6,\n{OTHER}.ts\n".encode(), kind)
        assert_refused(mirror(server, f"{there.url}/{more}.m3u8", more), 502, 400)
        assert server.get(f"/{more}").status_code == 404


def test_a_playlist_comes_alone_where_nothing_is_set(server: Server, there: Origin) -> None:
    segment = there.add(b"not asked for")
    text = f"#EXTM3U\n#EXTINF:6,\n{segment}.ts\n".encode()
    playlist = there.add(text, "text/plain")
    assert mirror(server, f"{there.url}/{playlist}", playlist).status_code == 201
    assert there.count("GET", f"/{segment}") == 0
    assert report(server, BOB, playlist).status_code == 200
    assert uploaded(server, text, "text/plain") == playlist

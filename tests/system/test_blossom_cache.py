"""The local Blossom cache on the wire: no tokens, and hints that are followed (BUD-10)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import pytest

from blobhls.blob import BlobId
from blobhls.nostr import Event, SecretKey
from tests.system.blossom import (
    ALICE,
    CAROL,
    ahead,
    assert_refused,
    empty_home,
    listed,
    report,
    serving,
    staged,
    stored,
    token,
    uploaded,
)
from tests.system.origin import Origin, Page, origin
from tests.system.relay import Relay, relay
from tests.system.server import Home, Server, until

FLAGS = ("--local-cache", "true", "--private-addresses", "true", "--moderators", CAROL.pubkey)
NOBODY = "ab" * 32


@pytest.fixture(scope="module")
def there() -> Iterator[Origin]:
    with origin() as there:
        yield there


@pytest.fixture(scope="module")
def author() -> Iterator[Relay]:
    with relay() as author:
        yield author


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return empty_home(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def server(home: Home, author: Relay) -> Iterator[Server]:
    with home.serving(*FLAGS, "--relays", author.url) as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_stays_in_staging(home: Home, server: Server) -> Iterator[None]:
    yield
    until(lambda: not staged(home), "an empty staging folder", 20)


def test_it_is_found_by_head(server: Server) -> None:
    answer = server.client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_no_token_is_needed_here(server: Server) -> None:
    blob_id = BlobId.of(b"no token")
    answer = server.client.put("/upload", content=b"no token")
    assert (answer.status_code, answer.json()["sha256"]) == (201, blob_id)
    assert server.client.put("/upload", content=b"no token").status_code == 200
    assert server.body(f"/{blob_id}") == b"no token"
    assert server.client.head("/upload", headers=ahead(1)).status_code == 200
    assert_refused(server.client.put("/upload", content=b"x", headers={"X-SHA-256": NOBODY}), 409)


def test_a_token_says_whose_it_is_all_the_same(server: Server) -> None:
    assert uploaded(server, b"hers") in listed(server)


def test_a_blob_of_another_name_may_be_mirrored_without_a_token(
    server: Server, there: Origin
) -> None:
    blob_id = there.add(b"mirrored here")
    url = f"{there.url}/{blob_id}"
    assert server.client.put("/mirror", json={"url": url}).status_code == 201
    there.pages[f"/{NOBODY}"] = Page(b"other bytes")
    answer = server.client.put("/mirror", json={"url": f"{there.url}/{NOBODY}"})
    assert_refused(answer, 409)


@pytest.mark.parametrize("size", [0, 5, 70_000, 3_000_000])
@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_hint_is_followed_once(server: Server, there: Origin, size: int, scheme: str) -> None:
    data = (f"hinted {scheme}".encode() * 500_000)[:size]
    blob_id = there.add(data, "video/mp4")
    before = there.count("GET", f"/{blob_id}")
    known = server.get(f"/{blob_id}").status_code == 200
    for _ in range(2):
        answer = server.get(f"/{blob_id}.mp4?xs={scheme}{there.host}&sz={size}")
        assert (answer.status_code, answer.content) == (200, data)
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["access-control-allow-origin"] == "*"
    assert there.count("GET", f"/{blob_id}") == before + (not known)
    assert server.client.head(f"/{blob_id}").headers["content-length"] == str(size)


def test_a_range_of_a_hinted_blob_is_a_range(server: Server, there: Origin) -> None:
    blob_id = there.add(b"0123456789")
    headers = {"Range": "bytes=3-5"}
    answer = server.client.get(f"/{blob_id}?xs={there.url}", headers=headers)
    assert (answer.status_code, answer.content) == (206, b"345")


def test_concurrent_requests_share_one_fetch(server: Server, there: Origin) -> None:
    data = b"for everybody" * 1000
    blob_id = there.add(data)
    there.gate.clear()

    def get(_: int) -> httpx.Response:
        return httpx.get(f"{server.address}/{blob_id}?xs={there.url}", timeout=60)

    with ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(get, number) for number in range(12)]
        until(lambda: there.count("GET", f"/{blob_id}"), "a fetch", 20)
        there.gate.set()
        assert {future.result().content for future in answers} == {data}
    assert there.count("GET", f"/{blob_id}") == 1


def test_hints_are_tried_in_order_until_one_is_right(server: Server, there: Origin) -> None:
    blob_id = there.add(b"in the end")
    with origin() as gone:
        dead = gone.url
    with origin() as liar:
        liar.pages[f"/{blob_id}"] = Page(b"wrong bytes")
        query = f"xs={dead}&xs=nonsense/path&xs=&xs={liar.url}&as=nobody&xs={there.url}"
        assert server.get(f"/{blob_id}?{query}").content == b"in the end"
        assert liar.count("GET", f"/{blob_id}") == 1


@pytest.mark.parametrize(
    "page",
    [
        Page(b"wrong bytes"),
        Page(b""),
        Page(status=404),
        Page(status=500),
        Page(b"x", headers={"Content-Length": "7", "Connection": "close"}),
        Page(status=302, headers={"Location": "/nowhere"}),
    ],
)
def test_what_no_hint_has_is_404(server: Server, home: Home, there: Origin, page: Page) -> None:
    before = stored(home)
    there.pages[f"/{NOBODY}"] = page
    assert_refused(server.get(f"/{NOBODY}?xs={there.url}"), 404)
    assert stored(home) == before


def test_a_blob_of_another_size_is_not_even_fetched(server: Server, there: Origin) -> None:
    blob_id = there.add(b"twelve bytes")
    assert_refused(server.get(f"/{blob_id}?xs={there.url}&sz=13"), 404)
    assert there.count("GET", f"/{blob_id}") == 0
    assert server.get(f"/{blob_id}?xs={there.url}&sz=12").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["xs=", "xs=%ff%fe", "as=x", "as=" + "ff" * 32, "&" * 100, "a=1&" * 100 + "xs=x",
     "xs=" + "a" * 10_000, "xs=file:///etc", "xs=http://u:p@h", "sz=1", "xs=[::1", "xs=a%20b",
     "xs=xn--a", "xs=%c3%a4"],
)  # fmt: skip
def test_hints_that_make_no_sense_are_none(server: Server, query: str) -> None:
    url = httpx.URL(f"{server.address}/{NOBODY}").copy_with(query=query.encode())
    assert_refused(server.client.get(url), 404)


def test_a_hint_of_a_blocked_blob_is_not_followed(server: Server, there: Origin) -> None:
    blob_id = there.add(b"not wanted here")
    assert report(server, CAROL, blob_id).status_code == 200
    assert_refused(server.get(f"/{blob_id}?xs={there.url}"), 404)
    assert there.count("GET", f"/{blob_id}") == 0


def servers(key: SecretKey, *urls: str, at: int | None = None) -> Event:
    """Return a list of servers (BUD-03)."""
    tags = tuple(("server", url) for url in urls)
    return key.sign(10063, tags, "", int(time.time()) if at is None else at)


def test_the_servers_of_an_author_are_asked(server: Server, there: Origin, author: Relay) -> None:
    blob_id, key = there.add(b"by its author"), SecretKey.new()
    author.events = [
        servers(key, "http://127.0.0.1:9", at=1),
        servers(key, there.url),
        servers(ALICE, "http://127.0.0.1:9"),
    ]
    assert server.get(f"/{blob_id}?as={key.pubkey}").content == b"by its author"
    asked = author.asked
    assert server.get(f"/{there.add(b'another')}?as={key.pubkey}").content == b"another"
    assert author.asked == asked  # a list is remembered


@pytest.mark.parametrize("fault", ["sig", "id", "kind", "key"])
def test_a_forged_list_is_not_believed(
    server: Server, there: Origin, author: Relay, fault: str
) -> None:
    key = SecretKey.new()
    blob_id = there.add(f"forged {fault}".encode())
    good = servers(key, there.url)
    author.events = {
        "sig": [msgspec.structs.replace(good, sig="ab" * 64)],
        "id": [msgspec.structs.replace(good, id="ab" * 32)],
        "kind": [key.sign(10002, good.tags, "", good.created_at)],
        "key": [msgspec.structs.replace(servers(ALICE, there.url), pubkey=key.pubkey)],
    }[fault]
    assert_refused(server.get(f"/{blob_id}?as={key.pubkey}"), 404)
    assert there.count("GET", f"/{blob_id}") == 0


def test_a_page_of_another_name_has_no_rights_here(server: Server, there: Origin) -> None:
    """A name of elsewhere that leads to 127.0.0.1 (DNS rebinding) is not this machine."""
    blob_id = there.add(b"rebinding")
    for host in ("evil.example.com", "127.0.0.1.nip.io", "localhost.example.com", ""):
        headers = {"Host": host}
        assert_refused(server.client.put("/upload", content=b"x", headers=headers), 401, 403)
        answer = server.client.put("/mirror", json={"url": there.url}, headers=headers)
        assert_refused(answer, 401, 403)
        answer = server.client.get(f"/{blob_id}?xs={there.url}", headers=headers)
        assert_refused(answer, 404)
    assert there.count("GET", f"/{blob_id}") == 0
    for host in ("localhost", "LOCALHOST:24242", "127.0.0.1", "[::1]:24242"):
        answer = server.client.head("/upload", headers={"Host": host} | ahead(1))
        assert answer.status_code == 200


def test_hints_are_not_followed_into_our_own_network_unless_that_is_set(
    tmp_path: Path, there: Origin
) -> None:
    blob_id = there.add(b"inside")
    with empty_home(tmp_path).serving("--local-cache", "true") as server:
        for hint in (there.url, there.host, f"localhost:{there.port}", "169.254.169.254"):
            assert_refused(server.get(f"/{blob_id}?xs={hint}"), 404)
    assert there.count("GET", f"/{blob_id}") == 0


def test_hints_are_not_followed_where_there_is_no_local_cache(
    tmp_path: Path, there: Origin
) -> None:
    blob_id = there.add(b"not for a public server")
    with serving(tmp_path, "--private-addresses", "true") as server:
        assert_refused(server.get(f"/{blob_id}?xs={there.url}"), 404)
    assert there.count("GET", f"/{blob_id}") == 0


def test_hinted_blobs_may_be_evicted_and_uploads_stay(tmp_path: Path, there: Origin) -> None:
    home = empty_home(tmp_path)
    hinted = there.add(b"comes again")
    with home.serving(*FLAGS) as server:
        assert server.get(f"/{hinted}?xs={there.url}").status_code == 200
        mine = server.client.put("/upload", content=b"mine").json()["sha256"]
        hers = uploaded(server, b"hers")
    assert stored(home) >= {hinted, mine, hers}
    assert home.run("gc", "--cache-limit", "0").returncode == 0
    assert hinted not in stored(home)
    with home.serving(*FLAGS) as server:
        for blob_id, data in ((mine, b"mine"), (hers, b"hers")):
            assert server.body(f"/{blob_id}") == data
        assert_refused(server.get(f"/{hinted}"), 404)
        assert server.body(f"/{hinted}?xs={there.url}") == b"comes again"
        answer = server.client.delete(f"/{hinted}", headers=token("delete", hinted))
        assert_refused(answer, 403)

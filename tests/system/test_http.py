"""Responses on the wire, also to invalid requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.oracle.tree import walk_tree
from tests.system.media import CLIPS
from tests.system.server import Home, Server, cpu_seconds, until
from tests.system.titles import fetch
from tests.system.wire import ask, connect, request

_PLAIN = "plain.mp4"
_CHANGES = {"date"}  # headers that differ between two answers to the same
_ROUTES = {
    "/",
    "/api/v1/history",
    "/api/v1/library/problems",
    "/api/v1/shows",
    "/api/v1/shows/{show_id}",
    "/api/v1/shows/{show_id}/roots",
    "/api/v1/video/{video_id}",
    "/api/v1/video/{video_id}/master.m3u8",
    "/api/v1/video/{video_id}/progress",
    "/api/v1/video/{video_id}/root",
    "/api/v1/video/{video_id}/seal",
    "/api/v1/video/{video_id}/{rendition}/stream.m3u8",
    "/api/v1/video/{video_id}/{rendition}/{segment}",
}


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of all generated clips."""
    library = tmp_path_factory.mktemp("clips")
    for name, fixture in CLIPS.items():
        (library / name).symlink_to(request.getfixturevalue(fixture))
    with Home(library, tmp_path_factory.mktemp("http")).serving() as server:
        yield server


@pytest.fixture(scope="module")
def video(server: Server) -> str:
    return server.video(_PLAIN)


def assert_told(status: int, headers: httpx.Headers | dict[str, str], body: bytes) -> None:
    """An error says what is wrong, to people and to pages of any origin."""
    assert 400 <= status < 500, body
    assert headers["access-control-allow-origin"] == "*"
    assert "x-reason" in headers["access-control-expose-headers"].lower() or (
        headers["access-control-expose-headers"] == "*"
    )
    detail = msgspec.json.decode(body)["detail"]
    assert detail
    assert headers["x-reason"]


@pytest.mark.parametrize("of", ["/", "video", "master.m3u8", "stream.m3u8", "segment", "blob"])
def test_head_has_the_headers_of_get_and_no_body(server: Server, video: str, of: str) -> None:
    root = server.root(video)
    link = walk_tree(f"{root}.m3u8", server.blob).sizes
    url = {
        "video": video,
        "master.m3u8": f"{video}/master.m3u8",
        "stream.m3u8": f"{video}/source_h264/stream.m3u8",
        "segment": f"{video}/source_h264/1.ts",
        "blob": f"/{next(name for name in link if name.endswith('.ts'))}",
    }.get(of, "/")
    got, head = server.get(url), server.client.head(url)
    assert got.status_code == head.status_code == 200
    assert head.content == b""
    assert len(got.content) == int(got.headers["content-length"])
    wanted, found = dict(got.headers), dict(head.headers)
    for name in _CHANGES:
        wanted.pop(name, None)
        found.pop(name, None)
    assert found == wanted


def test_every_answer_may_be_read_by_pages_of_other_origins(server: Server, video: str) -> None:
    for method, url, status in (
        ("GET", "/", 200),
        ("GET", video, 200),
        ("GET", f"{video}/source_h264/0.ts", 200),
        ("GET", "/api/v1/video/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", f"/{'0' * 64}.ts", 404),
        ("DELETE", "/api/v1/shows", 405),
        ("PUT", f"{video}/progress", 403),
        ("OPTIONS", f"{video}/progress", 204),
        ("OPTIONS", f"/{'0' * 64}", 204),
    ):
        answer = server.client.request(method, url, headers={"Origin": "https://example.org"})
        assert answer.status_code == status, (method, url)
        assert answer.headers["access-control-allow-origin"] == "*", (method, url)
        if method == "OPTIONS":
            assert "PUT" in answer.headers["access-control-allow-methods"]
            assert answer.headers["access-control-allow-headers"]
        if status >= 400:
            assert_told(status, answer.headers, answer.content)


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/video/../../etc/passwd",
        "/api/v1/video/%2e%2e/%2e%2e/etc/passwd",
        "/api/v1/video/..%2f..%2fetc%2fpasswd",
        "/schema-files/..%2f..%2f__init__.py",
        "/schema-files/%2e%2e/%2e%2e/__init__.py",
        "/api/v1/video/%00",
        "/api/v1/video/%ff%fe",
        "/api/v1/video/%ed%a0%80/master.m3u8",
        "/api/v1/shows/%ed%a0%80",
        "/api/v1/shows?search=%ed%a0%80&limit=x",
        "/api/v1/shows?limit=-1",
        "/api/v1/shows?offset=99999999999999999999",
        "/api/v1/video/" + "a" * 20_000,
        "VIDEO/%00/stream.m3u8",
        "VIDEO/source_h264%2f..%2fstream.m3u8",
        "VIDEO/nothing/stream.m3u8",
        "VIDEO/" + "a" * 20_000 + "/stream.m3u8",
        "VIDEO/source_h264/-1.ts",
        "VIDEO/source_h264/007.ts",
        "VIDEO/source_h264/+1.ts",
        "VIDEO/source_h264/1_0.ts",
        "VIDEO/source_h264/%D9%A3.ts",
        "VIDEO/source_h264/%b2.ts",
        "VIDEO/source_h264/99999999999.ts",
        "VIDEO/source_h264/1e3.ts",
        "VIDEO/source_h264/6.ts",
        "VIDEO/source_h264/0.m4s",
        "VIDEO/source_h264/0.vtt",
        "VIDEO/source_h264/0.TS",
        "VIDEO/source_h264/0",
        "VIDEO/source_h264/0.ts.ts",
        "VIDEO/source_h264/init.mp4",
        "VIDEO/source_h264/%00.ts",
        "VIDEO/source_h264/0.ts%00",
        "VIDEO/source_h264/..",
        "VIDEO/source_h264/0.ts/more",
        "/" + "0" * 63,
        "/" + "0" * 65,
        "/" + "A" * 64,
        "/" + "0" * 64 + ".",
        "/" + "0" * 64 + "%00",
        "/" + "0" * 64 + ".ts/..",
        "/../" + "0" * 64,
    ],
)  # fmt: skip
def test_invalid_requests_are_refused_with_a_reason(
    server: Server, video: str, target: str
) -> None:
    path = target.replace("VIDEO", video).encode("latin-1")
    answer = ask(server.address, request(path))
    assert_told(answer.status, answer.headers, answer.body)


@pytest.mark.parametrize(
    "data",
    [b"nonsense\r\n\r\n", *map(request, (b"/a b", b"/\x00", b"/\x01", b"/\xff"))],
)
def test_what_is_no_http_is_refused_and_the_server_goes_on(server: Server, data: bytes) -> None:
    assert 400 <= ask(server.address, data).status < 500
    assert server.get("/").status_code == 200


def test_a_body_that_is_no_position_is_refused(server: Server, video: str) -> None:
    for body in (b"", b"{", b"[]", b'{"position": -1}', b'{"position": "1"}', b"\xff", b"1" * 9000,
                 b'{"position": 1e999}', b'{"position": NaN}', b'{"position": null}'):  # fmt: skip
        answer = server.client.put(f"{video}/progress", content=body)
        assert_told(answer.status_code, answer.headers, answer.content)


def test_sealing_an_unknown_rendition_is_refused(server: Server, video: str) -> None:
    for body, status in (
        (b'{"renditions": ["nothing"]}', 404),
        (b'{"renditions": "source_h264"}', 400),
        (b'{"renditions": [1]}', 400),
        (b"[", 400),
    ):
        answer = server.client.post(f"{video}/seal", content=body)
        assert answer.status_code == status
        assert_told(answer.status_code, answer.headers, answer.content)


def test_openapi_describes_every_route(server: Server) -> None:
    schema = server.json("/schema/openapi.json")
    assert set(schema["paths"]) >= _ROUTES
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["responses"], (method, path)
    page = server.get("/schema/swagger")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_a_segment_is_rendered_once_for_concurrent_requests(film: Path, tmp_path: Path) -> None:
    with Home(film.parent, tmp_path).serving() as server:
        video = server.video(film.name)
        ladder = [r for r in server.json(video)["renditions"] if "p_h264" in r["name"]]
        # The last segments: nothing is read ahead behind them, which would count as well.
        larger, smaller = (f"{video}/{r['name']}/{r['segments'] - 1}.ts" for r in ladder[-2:])
        begin = cpu_seconds(server.process.pid)
        server.body(larger)
        once = cpu_seconds(server.process.pid) - begin
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(server.get, [smaller] * 20))
        # Not a measure of speed: twenty encodes take the work of twenty, however busy the machine.
        assert cpu_seconds(server.process.pid) - begin - once < 5 * once
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert len({answer.content for answer in answers}) == 1


def test_an_encode_without_callers_is_cancelled(film: Path, tmp_path: Path) -> None:
    home = Home(film.parent, tmp_path)
    with home.serving() as server:
        video = server.video(film.name)
        ladder = [r["name"] for r in server.json(video)["renditions"] if "p_h264" in r["name"]]
        until(partial(is_idle, server), "the end of what a server begins with", 60)
        before = cpu_seconds(server.process.pid), blobs(home)
        with connect(server.address) as line:
            line.sendall(request(f"{video}/{ladder[0]}/1.ts".encode()))
            until(lambda: cpu_seconds(server.process.pid) > before[0] + 0.1, "an encode")
        until(partial(is_idle, server), "the end of the encode", 60)
        assert blobs(home) == before[1]
        assert server.get(f"{video}/{ladder[0]}/1.ts").status_code == 200


def is_idle(server: Server) -> bool:
    """Whether the server and its workers do nothing for a moment."""
    before = cpu_seconds(server.process.pid)
    time.sleep(0.3)
    return cpu_seconds(server.process.pid) - before < 0.03


def blobs(home: Home) -> set[str]:
    return {path.parent.name + path.name for path in home.blobs.glob("??/*")}


def test_a_disconnected_client_does_not_affect_the_others(server: Server) -> None:
    video = server.video("mpeg4.avi")
    url = f"{video}/source_h264/0.ts"
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            with connect(server.address) as line:
                line.sendall(request(url.encode()))
        answers = list(pool.map(server.get, [url] * 4))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_eight_clients_watch_different_titles_at_once(server: Server) -> None:
    def watch(name: str) -> list[str]:
        with httpx.Client(base_url=server.address, timeout=120) as client:
            own = msgspec.structs.replace(server, client=client)
            video = own.video(name)
            lists = [f"{video}/{r['name']}/stream.m3u8" for r in own.json(video)["renditions"]]
            return [blob for playlist in lists for blob in fetch(own, playlist).blobs]

    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(watch, CLIPS))
    assert at_once == [watch(name) for name in CLIPS]
    assert all(at_once)
